-- What reserve.lua and book.lua share; put in front of each when it is loaded. Not a script by itself.
--
-- A site's ledger is the hash at KEYS[1], `sf:{site}:ledger`; every other key begins with the same `sf:{site}:`.
--   epoch, clock_s, minute, serial, swept   this ledger's birth; the latest second it has seen; the last serial number
--                                           of the last minute; the minute up to which single-use marks are deleted
--   test_offset_s                           added to the server's clock; only tests ever write it
-- A flight's record is the hash `sf:{site}:flight:<number>`; units are m (micros of money) and i, v, c (millionths of
-- an impression, a view, a click):
--   state, model, price, cap_unit, lifetime_cap, daily_cap, goal_unit, goal   terms, written only by apply_inventory.lua
--   life_<unit>, billed                     booked since its first load; how many billing events that were
--   day, day_end, day_<unit>                the day in force, the second at which it ends, booked on it
--   last_day, last_<unit>                   the day before
--   holds                                   packed list of {minute, day, m, i, v, c}: what reservations of a minute hold
--   gross_*, net_*, unbilled_*, invalid:*   counts for reports

local TAG = string.sub(KEYS[1], 1, -7)
local UNITS = {'m', 'i', 'v', 'c'}
local PLACE = {m = 3, i = 4, v = 5, c = 6}
local EVENT = {[0] = 'i', [1] = 'v', [2] = 'c'}
local NAME = {i = 'impressions', v = 'views', c = 'clicks'}
local WINDOW = {i = 2, v = 5, c = 60}
local LATE = 120
local FULL = 1000000
local CPM, VCPM, CPC = 1, 2, 3
local BILLS = {[CPM] = 'i', [VCPM] = 'v', [CPC] = 'c'}

local FIELDS = {'state', 'model', 'price', 'cap_unit', 'lifetime_cap', 'daily_cap', 'goal_unit', 'goal',
  'life_m', 'life_i', 'life_v', 'life_c', 'billed', 'day', 'day_end', 'day_m', 'day_i', 'day_v', 'day_c',
  'last_day', 'last_m', 'last_i', 'last_v', 'last_c', 'holds', 'net_impressions', 'net_views', 'net_clicks'}
local TEXT = {state = true, cap_unit = true, goal_unit = true, holds = true}
local ABSENT = {lifetime_cap = true, daily_cap = true, goal = true, day = true, day_end = true, last_day = true}

-- The site's ledger, its clock never behind what it has once seen.
local function open_ledger()
  local f = redis.call('HMGET', KEYS[1], 'epoch', 'clock_s', 'minute', 'serial', 'swept', 'test_offset_s')
  local time = tonumber(redis.call('TIME')[1]) + tonumber(f[6] or 0)
  local now = math.max(time, tonumber(f[2] or 0))
  local ledger = {now = now, minute = math.floor(now / 60), new = not f[1]}
  ledger.epoch = tonumber(f[1] or now)
  ledger.serial = tonumber(f[3]) == ledger.minute and tonumber(f[4]) or 0
  ledger.swept = tonumber(f[5] or ledger.minute - LATE - 1)
  return ledger
end

local function marks_key(ledger, minute)
  return TAG .. 'used:' .. string.format('%d', ledger.epoch) .. ':' .. string.format('%d', minute)
end

-- Writes the clock back, and deletes single-use marks of minutes whose events are refused by their age anyway.
local function close_ledger(ledger)
  local last = math.min(ledger.minute - LATE - 1, ledger.swept + 50)
  for minute = ledger.swept + 1, last do redis.call('UNLINK', marks_key(ledger, minute)) end
  redis.call('HSET', KEYS[1], 'epoch', ledger.epoch, 'clock_s', ledger.now, 'minute', ledger.minute,
    'serial', ledger.serial, 'swept', math.max(last, ledger.swept))
end

local function flight_key(number)
  return TAG .. 'flight:' .. string.format('%d', number)
end

-- A flight's record with numbers as numbers, or nil if it was never loaded.
local function read_flight(number)
  local key = flight_key(number)
  local found = redis.call('HMGET', key, unpack(FIELDS))
  if not found[1] then return nil end
  local record = {key = key}
  for place, name in ipairs(FIELDS) do
    local value = found[place]
    if TEXT[name] then record[name] = value
    elseif ABSENT[name] then record[name] = tonumber(value or '')
    else record[name] = tonumber(value or 0) end
  end
  record.holds = record.holds and cmsgpack.unpack(record.holds) or {}
  return record
end

-- The flight's caps: {unit, cap, scope}, scope being life or day. A goal is one more cap for life.
local function caps_of(record)
  local caps = {}
  if record.lifetime_cap then table.insert(caps, {record.cap_unit, record.lifetime_cap, 'life'}) end
  if record.daily_cap then table.insert(caps, {record.cap_unit, record.daily_cap, 'day'}) end
  if record.goal then table.insert(caps, {record.goal_unit, record.goal, 'life'}) end
  return caps
end

-- The kind of event that books this unit: money is booked by the event that the price model bills (flat: none).
local function event_of(unit, model)
  if unit == 'm' then return BILLS[model] end
  return unit
end

-- The most that one event books: a price for 1,000 rounded up, the price of a click, one whole unit.
local function full_amount(unit, model, price)
  if unit ~= 'm' then return FULL end
  if model == CPC then return price end
  return math.floor((price + 999) / 1000)
end

-- What a reservation holds of a unit: the full amount times the upper bound of its event's rate, rounded up.
local function held_amount(unit, model, price, view_ppm, click_ppm)
  local event = event_of(unit, model)
  local ppm = event == 'v' and view_ppm or event == 'c' and click_ppm or event == 'i' and FULL or 0
  local product = full_amount(unit, model, price) * ppm
  local rest = math.fmod(product, FULL)
  return (product - rest) / FULL + (rest > 0 and 1 or 0)
end

-- What reservations still hold of a unit at this minute; `day` limits it to those of that day.
local function outstanding(record, unit, event, minute, day)
  local sum = 0
  for _, hold in ipairs(record.holds) do
    if hold[1] + WINDOW[event] >= minute and (not day or hold[2] == day) then sum = sum + hold[PLACE[unit]] end
  end
  return sum
end
