-- Decides which flight gets each slot of a page, and reserves for all of them: reads all, decides, then writes.
-- KEYS[1]  sf:{site}:ledger
-- ARGV[1]  JSON {"view": digest of the page view, "ttl_s": life of its answer, "slots": [{"key": slot and placement,
--          "candidates": [[flight, creative, day, day_end, [labels], [exclude_labels]], ...]}, ...]}
-- Returns  {labels shown, labels excluded, answer of slot 1, ...}; an answer is empty or
--          {flight, creative, epoch, minute, serial, model, price, view_ppm, click_ppm, day}

local RATE_TRIALS = 100
local PRIOR = {v = 60, c = 1}

local ledger = open_ledger()
local ask = cjson.decode(ARGV[1])
local view_key = TAG .. 'view:' .. ask.view
local kept = {}
local raw = redis.call('HGETALL', view_key)
for place = 1, #raw, 2 do kept[raw[place]] = raw[place + 1] end
local shown = kept.shown and cmsgpack.unpack(kept.shown) or {flights = {}, creatives = {}, labels = {}, excluded = {}}
local records, held, answers = {}, {}, {}

local function record_of(number)
  if records[number] == nil then records[number] = read_flight(number) or false end
  return records[number]
end

-- An upper bound of a smoothed rate, in millionths: two standard deviations above, from a prior of RATE_TRIALS trials.
local function upper_rate(events, trials, prior)
  local mean = events + prior
  return math.min(FULL, math.ceil((mean + 2 * math.sqrt(mean)) / (trials + RATE_TRIALS) * FULL))
end

-- Puts the caller's day in force if the ledger's clock says that the one before is over; false if it cannot.
local function roll_day(record, day, day_end)
  if record.day and ledger.now < record.day_end then return true end
  if day_end <= ledger.now then return false end
  if not record.day or day > record.day then
    record.last_day = record.day
    for _, unit in ipairs(UNITS) do
      record['last_' .. unit], record['day_' .. unit] = record['day_' .. unit], 0
    end
    record.day = day
  end
  record.day_end = day_end
  return true
end

local function any(names, set)
  for _, name in ipairs(names) do if set[name] then return true end end
  return false
end

local function killed(creative)
  return redis.call('SISMEMBER', TAG .. 'killed', creative) == 1
end

local function fits_page(flight, creative, labels, excludes)
  return not shown.flights[tostring(flight)] and not shown.creatives[tostring(creative)]
    and not any(labels, shown.excluded) and not any(excludes, shown.labels)
end

-- The amounts by unit that a reservation of this flight would hold, or nil if one of its caps has no room for it.
local function amounts_in_caps(record, view_ppm, click_ppm)
  local amounts = {m = 0, i = 0, v = 0, c = 0}
  for _, cap in ipairs(caps_of(record)) do
    local unit, limit, scope = cap[1], cap[2], cap[3]
    local event = event_of(unit, record.model)
    if event then
      local booked = record[scope .. '_' .. unit]
      local amount = held_amount(unit, record.model, record.price, view_ppm, click_ppm)
      local open = outstanding(record, unit, event, ledger.minute, scope == 'day' and record.day)
      if booked + full_amount(unit, record.model, record.price) > limit then return nil end
      if booked + open + amount > limit then return nil end
      amounts[unit] = amount
    end
  end
  return amounts
end

-- Adds the amounts to the minute's hold, and forgets holds that no window reaches any more.
local function hold(record, amounts)
  local fresh, mine = {}, nil
  for _, entry in ipairs(record.holds) do
    if entry[1] + WINDOW.c >= ledger.minute then
      table.insert(fresh, entry)
      if entry[1] == ledger.minute and entry[2] == record.day then mine = entry end
    end
  end
  if not mine then
    mine = {ledger.minute, record.day, 0, 0, 0, 0}
    table.insert(fresh, mine)
  end
  for _, unit in ipairs(UNITS) do mine[PLACE[unit]] = mine[PLACE[unit]] + amounts[unit] end
  record.holds = fresh
end

local function reserve(candidate)
  local number, creative, labels, excludes = candidate[1], candidate[2], candidate[5], candidate[6]
  if not fits_page(number, creative, labels, excludes) then return nil end
  local record = record_of(number)
  if not record or record.state ~= 'active' then return nil end
  if not roll_day(record, candidate[3], candidate[4]) then return nil end
  local view_ppm = upper_rate(record.net_views, record.net_impressions, PRIOR.v)
  local click_ppm = upper_rate(record.net_clicks, record.net_impressions, PRIOR.c)
  local amounts = amounts_in_caps(record, view_ppm, click_ppm)
  if not amounts or killed(creative) then return nil end
  hold(record, amounts)
  held[number] = record
  ledger.serial = ledger.serial + 1
  shown.flights[tostring(number)], shown.creatives[tostring(creative)] = true, true
  for _, label in ipairs(labels) do shown.labels[label] = true end
  for _, label in ipairs(excludes) do shown.excluded[label] = true end
  return {number, creative, ledger.epoch, ledger.minute, ledger.serial, record.model, record.price, view_ppm,
    click_ppm, record.day}
end

-- The answer that this slot of this page view was given before, unless it may no longer be shown.
local function kept_answer(slot_key)
  local packed = kept['slot:' .. slot_key]
  if not packed then return nil end
  local answer = cmsgpack.unpack(packed)
  local record = record_of(answer[1])
  if not record or record.state ~= 'active' or answer[3] ~= ledger.epoch then return nil end
  if killed(answer[2]) then return nil end
  return answer
end

local function decide(slot)
  local answer = kept_answer(slot.key)
  if answer then return answer end
  for _, candidate in ipairs(slot.candidates) do
    answer = reserve(candidate)
    if answer then
      kept['slot:' .. slot.key] = cmsgpack.pack(answer)
      return answer
    end
  end
  return nil
end

local function write()
  for _, record in pairs(held) do
    local pairs_ = {'holds', cmsgpack.pack(record.holds), 'day', record.day, 'day_end', record.day_end,
      'last_day', record.last_day or ''}
    for _, unit in ipairs(UNITS) do
      for _, scope in ipairs({'day_', 'last_'}) do
        table.insert(pairs_, scope .. unit)
        table.insert(pairs_, record[scope .. unit])
      end
    end
    redis.call('HSET', record.key, unpack(pairs_))
  end
  local view = {'shown', cmsgpack.pack(shown)}
  for field, value in pairs(kept) do
    if field ~= 'shown' then
      table.insert(view, field)
      table.insert(view, value)
    end
  end
  redis.call('HSET', view_key, unpack(view))
  redis.call('EXPIRE', view_key, ask.ttl_s)
end

local function names(set)
  local list = {}
  for name in pairs(set) do table.insert(list, name) end
  return list
end

for _, slot in ipairs(ask.slots) do table.insert(answers, decide(slot) or {}) end
if next(held) then write() end
close_ledger(ledger)
return {names(shown.labels), names(shown.excluded), unpack(answers)}
