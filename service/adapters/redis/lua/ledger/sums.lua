-- The budgets on which events book, as one call reads them, adds to their sums and writes them: the first part of
-- book.lua's function.
--
-- A budget's numbers stand in one list, in the order of TERMS and SUMS: tables by name cost more than all that is done
-- with them. A unit's three sums begin UNIT further for each unit, those of money first.
local RECORD = TERMS .. SUMS
local CAP_UNIT, GOAL_UNIT, LIFE_CAP, DAY_CAP, GOAL, CAMPAIGN, ADVERTISER = 4, 5, 7, 8, 9, 10, 11
local BILLED, NET, LATEST_DAY, BEFORE_DAY, LIFE, LATEST, BEFORE, UNIT, ALL = 12, 13, 16, 17, 18, 19, 20, 3, 29

-- The budgets that the call has read, by their numbers, false where there is none; fetch_budgets sets all anew.
local flights, campaigns, advertisers

-- The budget of a field; false if there is none of this version.
local function read_numbers(field, raw)
  if not raw or string.byte(raw) ~= VERSION then return false end
  return {field = field, raw = raw, holds = false, is_changed = false, touched = false, limited = false, is_owned = true,
    struct.unpack(RECORD, raw)}
end

-- Notes that events of a flight book on a budget, which may be missing.
local function touch(of_flight, budget)
  if not budget then
    of_flight.is_owned = false
    return
  end
  local touched, limited = of_flight.touched, of_flight.limited
  touched[#touched + 1] = budget
  if budget[LIFE_CAP] >= 0 or budget[DAY_CAP] >= 0 or budget[GOAL] >= 0 then limited[#limited + 1] = budget end
end

-- Adds to the fields to be read that of an owner, unless it has number 0 (none) or stands there; `known` are those of
-- its family, and `wanted` will say where each field read belongs.
local function want_owner(fields, wanted, family, known, number)
  if number == 0 or known[number] ~= nil then return end
  known[number], fields[#fields + 1] = false, family .. number
  wanted[#wanted + 1], wanted[#wanted + 2] = known, number
end

-- Reads who owns these flights: of each, `touched` are then all budgets that its events book on, `limited` those of them
-- with a cap or goal, and `is_owned` says that none is missing.
local function fetch_owners(read)
  local fields, wanted = {}, {}
  for _, of_flight in ipairs(read) do
    want_owner(fields, wanted, 'c', campaigns, of_flight[CAMPAIGN])
    want_owner(fields, wanted, 'a', advertisers, of_flight[ADVERTISER])
  end
  if #fields > 0 then
    local found = redis.call('HMGET', LEDGER, unpack(fields))
    for place, field in ipairs(fields) do
      wanted[2 * place - 1][wanted[2 * place]] = read_numbers(field, found[place])
    end
  end
  for _, of_flight in ipairs(read) do
    of_flight.touched, of_flight.limited = {}, {}
    touch(of_flight, of_flight)
    if of_flight[CAMPAIGN] > 0 then touch(of_flight, campaigns[of_flight[CAMPAIGN]]) end
    if of_flight[ADVERTISER] > 0 then touch(of_flight, advertisers[of_flight[ADVERTISER]]) end
  end
end

-- Reads the budgets of the flights of these numbers, each named once, and of who owns them. Returns the ledger; nil if it
-- is in the form of an earlier version.
local function fetch_budgets(numbers)
  local fields, read = {'head', 'test_offset_s'}, {}
  flights, campaigns, advertisers = {}, {}, {}
  for place, number in ipairs(numbers) do fields[place + 2] = 'f' .. number end
  local found = redis.call('HMGET', LEDGER, unpack(fields))
  for place, number in ipairs(numbers) do
    local budget = read_numbers(fields[place + 2], found[place + 2])
    flights[number] = budget
    if budget then read[#read + 1] = budget end
  end
  fetch_owners(read)
  return open_ledger(found[1], found[2])
end

-- Makes a day a budget's latest, if it is later than that; the one before it is then the day before, of which events may
-- still come, whether or not any has been booked.
local function roll_day(budget, day)
  local latest = budget[LATEST_DAY]
  if day <= latest then return end
  budget[BEFORE_DAY], budget[LATEST_DAY] = day - 1, day
  for at = LATEST, ALL, UNIT do budget[at + 1], budget[at] = latest == day - 1 and budget[at] or 0, 0 end
end

-- Which sum of each unit of a budget a day is: LATEST, BEFORE, or nil for one longer gone.
local function day_scope(budget, day)
  if day == budget[LATEST_DAY] then return LATEST end
  return day == budget[BEFORE_DAY] and BEFORE or nil
end

-- Adds an event that costs so much money (nil: none) to what is booked for life and on this day.
local function add(budget, event, money, day)
  local of_event, scope = (event + 1) * UNIT, day_scope(budget, day)
  budget[LIFE + of_event] = budget[LIFE + of_event] + FULL
  if money then budget[LIFE] = budget[LIFE] + money end
  if not scope then return end
  budget[scope + of_event] = budget[scope + of_event] + FULL
  if money then budget[scope] = budget[scope] + money end
end

local function packed(budget)
  local holds = budget.holds and packed_holds(budget.holds) or string.sub(budget.raw, FIXED_BYTES + 1)
  return struct.pack(RECORD, unpack(budget, 1, ALL)) .. holds
end

-- Adds to an HSET's words each of these budgets that has changed.
local function add_changed(words, budgets)
  for _, budget in pairs(budgets) do
    if budget and budget.is_changed then words[#words + 1], words[#words + 2] = budget.field, packed(budget) end
  end
end
