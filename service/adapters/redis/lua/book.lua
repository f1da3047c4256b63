-- Books events in their order, each at most once, on its flight, campaign and advertiser: billed, or counted with the
-- reason why not; and appends what became of each to the site's stream. What several events touch is read and written
-- once.
-- keys[1]  sf:{site}:ledger
-- args     1 most entries of the stream  2... the events, each packed as ASKED: kind (0 impression, 1 view, 2 click),
--          flight, epoch (0: a house ad, nothing reserved), minute, serial, model, price, view_ppm, click_ppm, day, minutes that the impression was waited for longer than others;
--          for one out of a journal second of its receipt, its number in its segment, that of the site's event before it
--          there; the reason why it may not bill, or empty; what the stream's entry ends in; the segment, or empty
-- Returns  for each event its status as a number of STATUS, and micros billed; the errors STREAMFULL where the stream has
--          no room: then nothing is done; and JOURNALGAP where the event before one was not taken: then nothing from
--          that one on is done
-- The flight's counts for reports are the hash `sf:{site}:flight:<number>`: gross_*, unbilled_*, invalid:*
-- An entry of the stream `sf:{site}:events` has one field `e`: EVENT, then the reason, a zero, and what it ends in. EVENT
-- is version, kind (16 more: implied by a click), status, micros billed, numbers of flight, campaign and advertiser,
-- epoch, minute, serial, second of receipt (0: that of the entry's id). Python reads it in event_form.py.

local ASKED = '<BI4I4I4I4I4dI4I4I4BI4I4I4Bc0Bc0Bc0'
local EVENT, EVENT_VERSION, IMPLIED = '<BBBI7I4I4I4I4I4I3I4', 1, 16
local STATUS = {billed = 0, counted = 1, unbilled = 2, replay = 3, expired = 4, invalid = 5, unknown = 6}
local STREAM_FULL = 'STREAMFULL The stream of events is full: run a worker, which takes them.'
local JOURNAL_GAP = 'JOURNALGAP An earlier record of the segment was not taken: drain it from its start.'
local DRAINED_TTL_S = 604800
-- Minutes by which a reservation may be ahead of the ledger's clock: what a failover takes back is seconds.
local AHEAD = 2
local NAME = {[0] = 'impressions', 'views', 'clicks'}

-- What the call that runs knows; open_call sets all of it anew. `budgets` are those read, by field, false where there is
-- none; `tallies` what is to be added to flights' counts; `drained` the last record taken of each segment.
local ledger, budgets, tallies, drained, is_booked
-- The event that is booked now; take_up sets all of it anew.
local token, flight, touched, owners_known

local function read_event(raw)
  local kind, flight_number, epoch, minute, serial, model, price, view_ppm, click_ppm, day, extra, received, number, after,
    reason, tail, segment = struct.unpack(ASKED, raw)
  return {kind = kind, flight = flight_number, epoch = epoch, minute = minute, serial = serial, model = model,
    price = price, view_ppm = view_ppm, click_ppm = click_ppm, day = day, extra = extra, received = received,
    number = number, after = after, reason = reason, tail = tail, segment = segment}
end

-- Where each of SUMS stands among a budget's `sums`; a unit's three begin UNIT further for each unit.
local BILLED, NET, LATEST_DAY, BEFORE_DAY, LIFE, LATEST, BEFORE, UNIT, ALL = 1, 2, 5, 6, 7, 8, 9, 3, 18

-- A budget with its sums in their order: a table for each unit would cost more than all that is done with them.
local function with_sums(budget)
  if not budget then return nil end
  budget.sums = {struct.unpack(SUMS, budget.raw, TERMS_BYTES + 1)}
  return budget
end

local function packed(budget)
  local terms, holds = string.sub(budget.raw, 1, TERMS_BYTES), string.sub(budget.raw, FIXED_BYTES + 1)
  if budget.holds then holds = packed_holds(budget.holds) end
  return terms .. struct.pack(SUMS, unpack(budget.sums, 1, ALL)) .. holds
end

-- Reads those of the fields that were not read yet.
local function fetch(fields)
  local unread = {}
  for _, field in ipairs(fields) do
    if budgets[field] == nil then
      unread[#unread + 1] = field
      budgets[field] = false
    end
  end
  if #unread == 0 then return end
  local raw = redis.call('HMGET', LEDGER, unpack(unread))
  for place, field in ipairs(unread) do budgets[field] = with_sums(read_budget(field, raw[place])) or false end
end

-- Reads the ledger and the flights of these events; false if it is in the form of an earlier version.
local function open_call(events)
  budgets, tallies, drained, is_booked = {}, {}, {}, false
  local fields = {'head', 'test_offset_s'}
  for _, event in ipairs(events) do
    local field = 'f' .. event.flight
    if budgets[field] == nil then
      fields[#fields + 1] = field
      budgets[field] = false
    end
  end
  local found = redis.call('HMGET', LEDGER, unpack(fields))
  ledger = open_ledger(found[1], found[2])
  for place = 3, #fields do budgets[fields[place]] = with_sums(read_budget(fields[place], found[place])) or false end
  return ledger ~= nil
end

local function take_up(event)
  token, flight, owners_known = event, budgets['f' .. event.flight] or nil, true
  touched = {flight}
end

local function count(field)
  local key = TAG .. 'flight:' .. token.flight
  local counts = tallies[key]
  if not counts then
    counts = {}
    tallies[key] = counts
  end
  counts[field] = (counts[field] or 0) + 1
end

-- Appends what became of an event to the stream.
local function append(kind, status, amount, reason)
  local owned = flight or {campaign = 0, advertiser = 0}
  local received = token.received
  if received == 0 and ledger.is_set then received = ledger.now end
  local entry = struct.pack(EVENT, EVENT_VERSION, kind, STATUS[status], amount, token.flight, owned.campaign,
    owned.advertiser, token.epoch, token.minute, token.serial, received)
  redis.call('XADD', TAG .. 'events', '*', 'e', entry .. reason .. '\0' .. token.tail)
end

local function refuse(status, why)
  count('gross_' .. NAME[token.kind])
  count('invalid:' .. why)
  append(token.kind, status, 0, why)
  return status, 0
end

-- The minute in which the event came: for one out of a journal, that of its receipt.
local function minute_of_receipt()
  if token.received == 0 then return ledger.minute end
  return math.min(ledger.minute, math.floor(token.received / 60))
end

local function fetch_owners()
  local fields = {'c' .. flight.campaign, 'a' .. flight.advertiser}
  fetch(fields)
  for _, field in ipairs(fields) do
    local owner = budgets[field]
    if owner then touched[#touched + 1] = owner end
    owners_known = owners_known and (owner or string.sub(field, 2) == '0')
  end
end

-- Writes all that the call has changed.
local function write()
  local words = is_booked and {'head', close_ledger(ledger)} or {}
  for field, budget in pairs(budgets) do
    if budget and budget.is_changed then words[#words + 1], words[#words + 2] = field, packed(budget) end
  end
  if #words > 0 then redis.call('HSET', LEDGER, unpack(words)) end
  for key, counts in pairs(tallies) do
    for field, more in pairs(counts) do redis.call('HINCRBY', key, field, more) end
  end
  for key, number in pairs(drained) do redis.call('SET', key, number, 'EX', DRAINED_TTL_S) end
end

-- Sets the mark of this event; true if it was not set before.
local function first_use(event)
  local offset = token.serial * MARKS_PER_SERIAL + event
  return redis.call('SETBIT', marks_key(ledger, token.minute), offset, 1) == 0
end

-- Makes the token's day a budget's latest, if it is later than that.
local function roll_day(budget)
  local sums = budget.sums
  if token.day <= sums[LATEST_DAY] then return end
  sums[BEFORE_DAY], sums[LATEST_DAY] = sums[LATEST_DAY], token.day
  for at = LATEST, ALL, UNIT do sums[at + 1], sums[at] = sums[at], 0 end
end

-- Which sum of each unit of a budget the token's day is: LATEST, BEFORE, or nil for a day longer gone.
local function day_scope(budget)
  if token.day == budget.sums[LATEST_DAY] then return LATEST end
  return token.day == budget.sums[BEFORE_DAY] and BEFORE or nil
end

-- What this billing event costs. The nth impression or view is its share of a price for 1,000: floor(n p / 1000) -
-- floor((n-1) p / 1000), in small numbers only. A click is its price. A flat price is due once a day, and only the
-- reservation that set it aside carries it.
local function cost()
  if token.model == CPC then return token.price end
  if token.model == FLAT then
    local scope = day_scope(flight)
    return scope and flight.sums[scope + MONEY * UNIT] == 0 and token.price or 0
  end
  local rest = math.fmod(token.price, 1000)
  local step = math.fmod(flight.sums[BILLED], 1000)
  return (token.price - rest) / 1000 + math.floor((step + 1) * rest / 1000) - math.floor(step * rest / 1000)
end

-- True if a cap has room: on time what was booked counts, late what others still hold counts too.
local function has_room(budget, unit, cap, day, amount, event)
  if cap < 0 then return true end
  local scope = day and day_scope(budget) or not day and LIFE
  if not scope then return false end
  local booked = budget.sums[scope + unit * UNIT]
  local last_minute = token.minute + WINDOW[event] + (event == IMPRESSION and token.extra or 0)
  if minute_of_receipt() <= last_minute then return booked + amount <= cap end
  return booked + held_of(budget, unit, ledger.minute, day) + amount <= cap
end

-- True if every cap of the budget has room for these amounts by unit.
local function admits(budget, amounts, event)
  local capped, aimed = amounts[budget.cap_unit], amounts[budget.goal_unit]
  return (not capped or has_room(budget, budget.cap_unit, budget.life_cap, nil, capped, event)
      and has_room(budget, budget.cap_unit, budget.day_cap, token.day, capped, event))
    and (not aimed or has_room(budget, budget.goal_unit, budget.goal, nil, aimed, event))
end

-- Gives back what the reservation held for this event.
local function release(budget, event)
  for unit = 0, 3 do
    if event_of(unit, token.model) == event then
      local full = full_amount(unit, token.model, token.price)
      local held = held_amount(full, event, token.view_ppm, token.click_ppm)
      local column = column_of(unit, event)
      local minute = hold_minute(column, token.minute, token.extra)
      release_hold(budget, column, ledger.minute, minute, token.day, held)
    end
  end
end

local function add(budget, amounts)
  local sums, scope = budget.sums, day_scope(budget)
  for unit, amount in pairs(amounts) do
    local life = LIFE + unit * UNIT
    sums[life] = sums[life] + amount
    if scope then
      local at = scope + unit * UNIT
      sums[at] = sums[at] + amount
    end
  end
end

local function add_net(event)
  local sums, at = flight.sums, NET + event
  sums[at] = sums[at] + 1
end

-- Books a valid event of a reservation, if every cap has room. Returns its status and what it cost.
local function settle(event)
  count('gross_' .. NAME[event])
  add_net(event)
  local amounts, free = {[event + 1] = FULL}, owners_known
  if BILLS[token.model] == event then
    local amount = cost()
    if amount > 0 or token.model ~= FLAT then amounts[MONEY] = amount end
  end
  for _, budget in ipairs(touched) do free = free and admits(budget, amounts, event) end
  for _, budget in ipairs(touched) do release(budget, event) end
  if not free then
    count('unbilled_' .. NAME[event])
    return 'unbilled', 0
  end
  for _, budget in ipairs(touched) do add(budget, amounts) end
  if not amounts[MONEY] then return 'counted', 0 end
  flight.sums[BILLED] = flight.sums[BILLED] + 1
  return 'billed', amounts[MONEY]
end

local function book(event, implied)
  local status, amount = settle(event)
  append(implied and event + IMPLIED or event, status, amount, '')
  return status, amount
end

local function book_house()
  count('gross_' .. NAME[token.kind])
  add_net(token.kind)
  flight.is_changed = true
  append(token.kind, 'counted', 0, '')
  return 'counted', 0
end

-- True if the event came too late, or its minute's marks are gone, so that nobody knows whether it was used.
local function is_expired()
  return token.minute + LATE < minute_of_receipt() or token.minute <= ledger.swept
end

-- Books the event taken up; returns its status and what it cost.
local function book_event()
  if not flight then
    -- An erased site has no ledger, and gets no stream again.
    if not ledger.new then append(token.kind, 'unknown', 0, 'unknown-flight') end
    return 'unknown', 0
  end
  if token.reason ~= '' then return refuse('invalid', token.reason) end
  if token.epoch == 0 then return book_house() end
  if token.epoch ~= ledger.epoch or ledger.new then return refuse('unknown', 'unknown-ledger') end
  if token.minute > ledger.minute + AHEAD then return refuse('unknown', 'future') end
  if is_expired() then return refuse('expired', 'expired') end
  if not first_use(token.kind) then return refuse('replay', 'replay') end
  fetch_owners()
  for _, budget in ipairs(touched) do
    roll_day(budget)
    budget.is_changed = true
  end
  is_booked = true
  local implied, implied_cost = nil, 0
  if token.kind == CLICK and first_use(IMPRESSION) then implied, implied_cost = book(IMPRESSION, true) end
  local status, amount = book(token.kind)
  if implied == 'billed' then status = 'billed' end
  return status, amount + implied_cost
end

-- Books an event out of a journal, unless this record of its segment was taken before: a drain that was cut off begins
-- its segment again. Returns nothing where an earlier record is missing.
local function book_drained()
  local key = TAG .. 'drained:' .. token.segment
  local taken = drained[key] or tonumber(redis.call('GET', key) or 0)
  if taken >= token.number then return 'replay', 0 end
  if taken < token.after then return nil end
  drained[key] = token.number
  return book_event()
end

redis.register_function('book' .. SUFFIX, function(keys, args)
  begin(keys)
  if redis.call('XLEN', TAG .. 'events') >= tonumber(args[1]) then return redis.error_reply(STREAM_FULL) end
  local events, answers = {}, {}
  for place = 2, #args do events[place - 1] = read_event(args[place]) end
  if not open_call(events) then return redis.error_reply(OLD_FORMAT) end
  for _, event in ipairs(events) do
    take_up(event)
    local book_it = event.segment == '' and book_event or book_drained
    local status, amount = book_it()
    if not status then
      write()
      return redis.error_reply(JOURNAL_GAP)
    end
    answers[#answers + 1], answers[#answers + 2] = STATUS[status], amount
  end
  write()
  return answers
end)
