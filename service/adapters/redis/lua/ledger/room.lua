-- Whether a candidate could be served, and what it would pay: its budgets, caps, pacing and reader; a part of
-- reserve.lua's function.

local KILLED = 107 -- k, which begins the field of a killed creative
-- How far a caller's clock may be from the ledger's for its day to be corrected instead of refused.
local SKEW_S = 3600
local RATE_TRIALS = 100
local PRIOR_VIEWS, PRIOR_CLICKS = 60, 1
-- How many steps are read for at once after a refusal.
local READ_AHEAD = 4

-- The day on which the ledger's clock stands, where the caller's clock is near it.
local function day_in_force(number, starts_at, ends_at)
  if ledger.now >= ends_at then return ledger.now < ends_at + SKEW_S and number + 1 end
  if ledger.now < starts_at then return ledger.now >= starts_at - SKEW_S and number - 1 end
  return number
end

-- Reads these fields of the ledger, with its head at the first time.
local function fetch(fields)
  if not ledger then fields[#fields + 1], fields[#fields + 2] = 'head', 'test_offset_s' end
  local found = redis.call('HMGET', LEDGER, unpack(fields))
  local count = #fields
  if not ledger then
    ledger, count = open_ledger(found[count - 1], found[count]), count - 2
  end
  for place = 1, count do
    local field, raw = fields[place], found[place]
    if string.byte(field) == KILLED then killed[field] = raw and true else budgets[field] = read_budget(field, raw) end
  end
end

-- What is read already is never read again: it may have changed in this call.
local function want(fields, wanted, name)
  if budgets[name] == nil and killed[name] == nil and not wanted[name] then wanted[name], fields[#fields + 1] = true, name end
end

local function want_choice(fields, wanted, choice)
  want(fields, wanted, 'f' .. choice.flight)
  want(fields, wanted, 'k' .. choice.creative)
  if choice.campaign > 0 then
    want(fields, wanted, 'c' .. choice.campaign)
    want(fields, wanted, 'a' .. choice.advertiser)
  end
end

-- A candidate, and with it the first rival that may set its price.
local function want_member(fields, wanted, candidate)
  want_choice(fields, wanted, candidate)
  local rival = rival_at(candidate, 1)
  if rival then want_choice(fields, wanted, rival) end
end

-- Reads at once what the page needs if nobody is refused: what its slots were given, or the plan, which is in its first
-- steps.
local function fetch_plan()
  local fields, wanted, given = {}, {}, 0
  for _, slot in ipairs(slots) do
    local before = kept[slot.key]
    if before then
      given = given + 1
      want_choice(fields, wanted, before)
    end
  end
  for place = 1, math.min(#slots - given, #steps) do
    for _, member in ipairs(members_of(steps[place])) do want_member(fields, wanted, member.candidate) end
  end
  fetch(fields)
end

-- Reads at once what this step and the next ones that could be taken need, where it is not read yet.
local function read_ahead(from)
  if budgets['f' .. members_of(steps[from])[1].candidate.flight] ~= nil then return end
  local fields, wanted = {}, {}
  for place = from, math.min(from + READ_AHEAD - 1, #steps) do
    for _, member in ipairs(members_of(steps[place])) do want_member(fields, wanted, member.candidate) end
  end
  fetch(fields)
end

-- The budget of a field; read now if nothing has read it.
local function budget_of(field)
  if budgets[field] == nil then fetch({field}) end
  return budgets[field]
end

local function is_killed(creative)
  local field = 'k' .. creative
  if killed[field] == nil then fetch({field}) end
  return killed[field]
end

-- An upper bound of a smoothed rate, in millionths: two standard deviations above, from a prior of RATE_TRIALS trials.
local function upper_rate(events, trials, prior)
  local mean = events + prior
  return math.min(FULL, math.ceil((mean + 2 * math.sqrt(mean)) / (trials + RATE_TRIALS) * FULL))
end

-- What one more reservation of a flight may book of a unit, and what it holds of it until then. A flat price is set
-- aside once a day.
local function claim_of(flight, unit, day)
  local claims = flight.claims
  local claim = claims[unit]
  if claim then return claim end
  local event, full = event_of(unit, flight.model), full_amount(unit, flight.model, flight.price)
  if unit == MONEY and flight.model == FLAT then
    local _, booked = booked_of(flight, MONEY, day)
    if (booked or 0) > 0 or held_of(flight, MONEY, ledger.minute, day) > 0 then full = 0 end
  end
  local held = held_amount(full, event, claims.view_ppm, claims.click_ppm)
  claim = {full = full, held = held, column = column_of(unit, event)}
  claims[unit] = claim
  return claim
end

-- Whether a budget has room for one more reservation of the flight under a cap for life and one for a day (-1: none).
local function has_room(budget, flight, unit, life_cap, day_cap, day)
  local claim = claim_of(flight, unit, day)
  local life, today = booked_of(budget, unit, day)
  if life_cap >= 0 then
    if life + claim.full > life_cap then return false end
    if life + held_of(budget, unit, ledger.minute) + claim.held > life_cap then return false end
  end
  if day_cap >= 0 then
    if not today or today + claim.full > day_cap then return false end
    if today + held_of(budget, unit, ledger.minute, day) + claim.held > day_cap then return false end
  end
  return true
end

local function capped(budget)
  return budget.life_cap >= 0 or budget.day_cap >= 0
end

local function admits(budget, flight, day)
  if not budget then return false end
  if capped(budget) and not has_room(budget, flight, budget.cap_unit, budget.life_cap, budget.day_cap, day) then
    return false
  end
  return budget.goal < 0 or has_room(budget, flight, budget.goal_unit, budget.goal, -1, day)
end

-- Whether pacing lets the flight have one more reservation. What is held counts only as far as it is expected to be
-- booked, for the rest is never delivered; a cap counts all of it.
local function is_due(flight, due, day)
  if due < 0 then return true end
  local unit = flight.goal >= 0 and flight.goal_unit or flight.cap_unit
  local life, held = booked_of(flight, unit, day), held_of(flight, unit, ledger.minute)
  return life + kept_ratio * (held + claim_of(flight, unit, day).held) <= due
end

-- Whether the page may show one ad more of the flight's advertiser.
local function within_limit(candidate, flight)
  return candidate.limit == 0 or (page.advertisers[flight.advertiser] or 0) < candidate.limit
end

-- The upper bounds of a flight's rates, by which it holds.
local function rates_of(flight)
  local impressions, views, clicks = struct.unpack('<ddd', flight.raw, NET_AT)
  return {
    view_ppm = upper_rate(views, impressions, PRIOR_VIEWS), click_ppm = upper_rate(clicks, impressions, PRIOR_CLICKS)
  }
end

-- The budgets of a candidate's flight, campaign and advertiser and its day, where nothing refuses it one more
-- reservation at this price (nil: that of its record); nil if anything does.
local function admitted(candidate, price)
  local flight, day = budget_of('f' .. candidate.flight), day_in_force(unpack(days[candidate.day]))
  if not flight or not flight.active or not day or is_killed(candidate.creative) then return nil end
  if not within_limit(candidate, flight) then return nil end
  local campaign, advertiser = budget_of('c' .. flight.campaign), budget_of('a' .. flight.advertiser)
  if not admits_reader(candidate, flight) then return nil end
  flight.listed = flight.listed or flight.price
  flight.price = price and math.min(flight.listed, price) or flight.listed
  flight.claims = rates_of(flight)
  if not is_due(flight, candidate.due, day) then return nil end
  if not (admits(flight, flight, day) and admits(campaign, flight, day) and admits(advertiser, flight, day)) then
    return nil
  end
  return flight, day, campaign, advertiser
end

-- Reads at once what it takes to serve the next rivals, where it is not read yet.
local function read_rivals(candidate, from)
  local fields, wanted = {}, {}
  for place = from, from + READ_AHEAD - 1 do
    local rival = rival_at(candidate, place)
    if rival then want_choice(fields, wanted, rival) end
  end
  if #fields > 0 then fetch(fields) end
end

-- What a candidate pays: what the first of its rivals sets that stands on the page or could be served at its own price;
-- else the least it may pay; nil where that is the price of its record.
local function price_of(candidate)
  local place = 1
  local rival, price = rival_at(candidate, place)
  while rival do
    if page.flights[rival.flight] then return price end
    if budgets['f' .. rival.flight] == nil then read_rivals(candidate, place) end
    if fits_page(rival) and admitted(rival) then return price end
    place = place + 1
    rival, price = rival_at(candidate, place)
  end
  return candidate.price >= 0 and candidate.price or nil
end
