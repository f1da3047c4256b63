-- How a site's ledger is kept: the first part of the ledger's library, which all its functions share.
--
-- While a library is loaded nothing of Lua's own may be called; so constants are plain, and call nothing.
--
-- The ledger is the hash `sf:{site}:ledger`, always a function's first key; every other key begins with the same
-- `sf:{site}:`. Its fields:
--   head            this ledger's birth (epoch); the latest second it has seen; its last minute and the last serial
--                   number of that; the minute up to which single-use marks are deleted: five doubles
--   test_offset_s   added to the server's clock; only tests ever write it
--   f<number>, c<number>, a<number>   the budget of a flight, a campaign, an advertiser: one packed record each
--   k<number>       there, if the creative is killed
-- A record is little-endian, without padding: terms (TERMS), sums (SUMS), and then its holds (holds.lua).
--   TERMS  version, state (1: active), model, unit of caps, unit of the goal, price, cap for life, cap for a day, goal
--          (-1: none), numbers of the flight's campaign and advertiser (0: none); written by inventory_changes.lua alone
--   SUMS   billing events; net impressions, views and clicks; the latest day booked and the day before it; then for
--          each unit what is booked for life, on the latest day, on the day before it; written by book.lua alone
-- Units are 0 money, in micros, and 1 impressions, 2 views, 3 clicks, in millionths. Events are 0 impression, 1 view,
-- 2 click. Days are days since 1970 in the flight's cap time zone.

-- The ledger of the call that runs, and what its site's keys begin with: functions share them, so each call sets them.
local LEDGER, TAG
local VERSION = 1
local HEAD = '<ddddd'
local TERMS, TERMS_BYTES = '<BBBBBddddI4I4', 45
local SUMS, SUMS_BYTES = '<ddddI4I4dddddddddddd', 136
local NET_AT, DAYS_AT, UNITS_AT = TERMS_BYTES + 9, TERMS_BYTES + 33, TERMS_BYTES + 41
local FIXED_BYTES = TERMS_BYTES + SUMS_BYTES
local MONEY = 0
local IMPRESSION, VIEW, CLICK = 0, 1, 2
local FLAT, CPC = 0, 3
local BILLS = {[0] = IMPRESSION, IMPRESSION, VIEW, CLICK}
local WINDOW = {[0] = 2, 5, 60}
-- Minutes after which an event is refused, and for which single-use marks are kept: those of a journal come a day later.
local LATE, MARKS_KEPT = 120, 1560
local FULL = 1000000
local OLD_FORMAT = 'OLDLEDGER This ledger is in the form of an earlier version: bring it over first.'

local function begin(keys)
  LEDGER, TAG = keys[1], string.sub(keys[1], 1, -7)
end

-- The site's ledger, its clock never behind what it has once seen; nil if it is in the form of an earlier version,
-- which gave numbers but no head.
local function open_ledger(head, test_offset_s)
  local now = tonumber(redis.call('TIME')[1]) + (tonumber(test_offset_s or 0))
  local is_set = test_offset_s and true
  if not head then
    if redis.call('EXISTS', TAG .. 'numbers') == 1 then return nil end
    local minute = math.floor(now / 60)
    return {epoch = now, now = now, minute = minute, serial = 0, swept = minute - MARKS_KEPT - 1, new = true,
      is_set = is_set}
  end
  local epoch, seen, last_minute, serial, swept = struct.unpack(HEAD, head)
  now = math.max(now, seen)
  local minute = math.floor(now / 60)
  return {epoch = epoch, now = now, minute = minute, serial = minute == last_minute and serial or 0, swept = swept,
    is_set = is_set}
end

-- A minute's marks are bits: so many for each serial, one for each kind of event.
local MARKS_PER_SERIAL = 4

local function marks_key(ledger, minute)
  return TAG .. 'used:' .. string.format('%d', ledger.epoch) .. ':' .. string.format('%d', minute)
end

local function packed_head(ledger)
  return struct.pack(HEAD, ledger.epoch, ledger.now, ledger.minute, ledger.serial, ledger.swept)
end

-- Deletes single-use marks of minutes whose events are refused by their age anyway, and returns the head to write.
local function close_ledger(ledger)
  local last = math.min(ledger.minute - MARKS_KEPT - 1, ledger.swept + 50)
  for minute = ledger.swept + 1, last do redis.call('UNLINK', marks_key(ledger, minute)) end
  ledger.swept = math.max(last, ledger.swept)
  return packed_head(ledger)
end

-- A budget of the ledger's field, its terms by name and the rest packed; false if there is none of this version.
local function read_budget(field, raw)
  if not raw then return false end
  local version, state, model, cap_unit, goal_unit, price, life_cap, day_cap, goal, campaign, advertiser =
    struct.unpack(TERMS, raw)
  if version ~= VERSION then return false end
  return {
    field = field, raw = raw, active = state == 1, model = model, cap_unit = cap_unit, goal_unit = goal_unit,
    price = price, life_cap = life_cap, day_cap = day_cap, goal = goal, campaign = campaign, advertiser = advertiser,
    holds = false, claims = false,
  }
end

-- Terms without a limit, of a campaign or advertiser that only flights have named so far.
local function open_terms()
  return struct.pack(TERMS, VERSION, 1, 0, 0, 0, 0, -1, -1, -1, 0, 0)
end

-- The kind of event that books this unit: money is booked by the event that the price model bills.
local function event_of(unit, model)
  if unit == MONEY then return BILLS[model] end
  return unit - 1
end

-- The most that one event books: a price for 1,000 rounded up, the price of a click or of a day, one whole unit.
local function full_amount(unit, model, price)
  if unit ~= MONEY then return FULL end
  if model == CPC or model == FLAT then return price end
  return math.floor((price + 999) / 1000)
end

-- What a reservation holds of an amount: all of it, or times the upper bound of its event's rate, rounded up.
local function held_amount(full, event, view_ppm, click_ppm)
  if event == IMPRESSION then return full end
  local product = full * (event == VIEW and view_ppm or click_ppm)
  local rest = math.fmod(product, FULL)
  return (product - rest) / FULL + (rest > 0 and 1 or 0)
end
