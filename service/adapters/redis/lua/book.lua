-- Books one event at most once: billed, or counted with the reason why not.
-- KEYS[1]  sf:{site}:ledger
-- ARGV     1 kind (0 impression, 1 view, 2 click)  2 reason why it may not bill, or empty
--          3 flight  4 epoch (0: a house ad, nothing reserved)  5 minute  6 serial  7 model  8 price  9 view_ppm
--          10 click_ppm  11 day
-- Returns  {status, micros billed}

local MARKS_PER_SERIAL = 4
local kind, reason = tonumber(ARGV[1]), ARGV[2]
local token = {flight = tonumber(ARGV[3]), epoch = tonumber(ARGV[4]), minute = tonumber(ARGV[5]),
  serial = tonumber(ARGV[6]), model = tonumber(ARGV[7]), price = tonumber(ARGV[8]), view_ppm = tonumber(ARGV[9]),
  click_ppm = tonumber(ARGV[10]), day = tonumber(ARGV[11])}

local ledger = open_ledger()
local record = read_flight(token.flight)
if not record then return {'unknown', 0} end

local function count(field)
  redis.call('HINCRBY', record.key, field, 1)
end

local function refuse(status, why)
  count('gross_' .. NAME[EVENT[kind]])
  count('invalid:' .. why)
  return {status, 0}
end

-- Sets the mark of this event; true if it was not set before.
local function first_use(event_kind)
  local offset = token.serial * MARKS_PER_SERIAL + event_kind
  return redis.call('SETBIT', marks_key(ledger, token.minute), offset, 1) == 0
end

-- The nth impression's share of a price for 1,000: floor(n p / 1000) - floor((n-1) p / 1000), in small numbers only.
local function cost()
  if token.model == CPC then return token.price end
  local rest = math.fmod(token.price, 1000)
  local step = math.fmod(record.billed, 1000)
  return (token.price - rest) / 1000 + math.floor((step + 1) * rest / 1000) - math.floor(step * rest / 1000)
end

-- Where the bookings of the token's day stand: 'day', 'last', or nil for a day longer gone.
local function day_scope()
  if token.day == record.day then return 'day' end
  if token.day == record.last_day then return 'last' end
  return nil
end

-- True if this cap has room: on time what was booked counts, late what others still hold counts too.
local function room(cap, amount, event, scope)
  local unit, limit = cap[1], cap[2]
  local booked = record[scope .. '_' .. unit]
  if ledger.minute <= token.minute + WINDOW[event] then return booked + amount <= limit end
  return booked + outstanding(record, unit, event, ledger.minute, cap[3] == 'day' and token.day) + amount <= limit
end

-- The amounts by unit that this event books, or nil where a cap has no room.
local function amounts_in_caps(event)
  local amounts = {[event] = FULL}
  if BILLS[token.model] == event then amounts.m = cost() end
  for _, cap in ipairs(caps_of(record)) do
    local amount = amounts[cap[1]]
    if amount then
      local scope = cap[3] == 'day' and day_scope() or cap[3] == 'life' and 'life'
      if not scope or not room(cap, amount, event, scope) then return nil end
    end
  end
  return amounts
end

-- Gives back what the reservation held for this event, never more than its own minute and day still hold.
local function release(event)
  for _, hold in ipairs(record.holds) do
    if hold[1] == token.minute and hold[2] == token.day then
      for _, unit in ipairs(UNITS) do
        if event_of(unit, token.model) == event then
          local amount = held_amount(unit, token.model, token.price, token.view_ppm, token.click_ppm)
          hold[PLACE[unit]] = math.max(0, hold[PLACE[unit]] - amount)
        end
      end
    end
  end
end

local function add(scope, amounts)
  for unit, amount in pairs(amounts) do
    local field = scope .. '_' .. unit
    record[field] = record[field] + amount
    redis.call('HSET', record.key, field, record[field])
  end
end

-- Books a valid event of a reservation. Returns its status and what it cost.
local function book(event)
  count('gross_' .. NAME[event])
  count('net_' .. NAME[event])
  local amounts = amounts_in_caps(event)
  release(event)
  redis.call('HSET', record.key, 'holds', cmsgpack.pack(record.holds))
  if not amounts then
    count('unbilled_' .. NAME[event])
    return 'unbilled', 0
  end
  add('life', amounts)
  local scope = day_scope()
  if scope then add(scope, amounts) end
  if not amounts.m then return 'counted', 0 end
  record.billed = record.billed + 1
  redis.call('HSET', record.key, 'billed', record.billed)
  return 'billed', amounts.m
end

if reason ~= '' then return refuse('invalid', reason) end
if token.epoch == 0 then
  count('gross_' .. NAME[EVENT[kind]])
  count('net_' .. NAME[EVENT[kind]])
  return {'counted', 0}
end
if token.epoch ~= ledger.epoch or ledger.new then return refuse('unknown', 'unknown-ledger') end
if token.minute + LATE < ledger.minute then return refuse('expired', 'expired') end
if not first_use(kind) then return refuse('replay', 'replay') end
local implied, implied_cost = nil, 0
if kind == 2 and first_use(0) then implied, implied_cost = book('i') end
local status, amount = book(EVENT[kind])
close_ledger(ledger)
if implied == 'billed' then status = 'billed' end
return {status, amount + implied_cost}
