-- Books one event at most once on its flight, campaign and advertiser: billed, or counted with the reason why not; and
-- appends what became of it to the site's stream.
-- keys[1]  sf:{site}:ledger
-- args     1 kind (0 impression, 1 view, 2 click)  2 reason why it may not bill, or empty
--          3 flight  4 epoch (0: a house ad, nothing reserved)  5 minute  6 serial  7 model  8 price  9 view_ppm
--          10 click_ppm  11 day  12 what the stream's entry ends in, packed  13 most entries of the stream
--          and for an event out of a journal: 14 second of its receipt  15 the journal's segment  16 its number there
--          17 the number of the site's event before it there
-- Returns  {status, micros billed}; the errors STREAMFULL where the stream has no room, and JOURNALGAP where the event
--          before it was not taken: then nothing is done
-- The flight's counts for reports are the hash `sf:{site}:flight:<number>`: gross_*, unbilled_*, invalid:*
-- An entry of the stream `sf:{site}:events` has one field `e`: EVENT, then the reason, a zero, and args[12]. EVENT is
-- version, kind (16 more: implied by a click), status, micros billed, numbers of flight, campaign and advertiser, epoch,
-- minute, serial, second of receipt (0: that of the entry's id). Python reads it in event_form.py.

local EVENT, EVENT_VERSION, IMPLIED = '<BBBI7I4I4I4I4I4I3I4', 1, 16
local STATUS = {billed = 0, counted = 1, unbilled = 2, replay = 3, expired = 4, invalid = 5, unknown = 6}
local STREAM_FULL = 'STREAMFULL The stream of events is full: run a worker, which takes them.'
local JOURNAL_GAP = 'JOURNALGAP An earlier record of the segment was not taken: drain it from its start.'
local DRAINED_TTL_S = 604800
local NAME = {[0] = 'impressions', 'views', 'clicks'}

-- What the call that runs knows; read_call sets all of it anew.
local ledger, token, flight, touched, owners_known, counts_key

local function read_call(args)
  token = {kind = tonumber(args[1]), reason = args[2], flight = args[3], epoch = tonumber(args[4]),
    minute = tonumber(args[5]), serial = tonumber(args[6]), model = tonumber(args[7]), price = tonumber(args[8]),
    view_ppm = tonumber(args[9]), click_ppm = tonumber(args[10]), day = tonumber(args[11]), tail = args[12],
    most = tonumber(args[13]), received = tonumber(args[14] or 0), segment = args[15], number = tonumber(args[16] or 0),
    after = tonumber(args[17] or 0)}
  counts_key, ledger, flight, touched, owners_known = TAG .. 'flight:' .. token.flight, nil, nil, {}, true
end

-- A budget with its sums by name: `units[unit]` is what is booked for life, on the latest day and on the one before.
local function with_sums(budget)
  if not budget then return nil end
  local s = {struct.unpack(SUMS, budget.raw, TERMS_BYTES + 1)}
  budget.billed, budget.net, budget.latest, budget.before = s[1], {[0] = s[2], s[3], s[4]}, s[5], s[6]
  budget.units = {}
  for unit = 0, 3 do
    budget.units[unit] = {life = s[7 + unit * 3], latest = s[8 + unit * 3], before = s[9 + unit * 3]}
  end
  return budget
end

local function packed(budget)
  local s = {budget.billed, budget.net[0], budget.net[1], budget.net[2], budget.latest, budget.before}
  for unit = 0, 3 do
    local sums = budget.units[unit]
    s[#s + 1], s[#s + 2], s[#s + 3] = sums.life, sums.latest, sums.before
  end
  local terms, holds = string.sub(budget.raw, 1, TERMS_BYTES), string.sub(budget.raw, FIXED_BYTES + 1)
  if budget.holds then holds = packed_holds(budget.holds) end
  return terms .. struct.pack(SUMS, unpack(s)) .. holds
end

local function fetch_flight()
  local field = 'f' .. token.flight
  local found = redis.call('HMGET', LEDGER, 'head', 'test_offset_s', field)
  ledger = open_ledger(found[1], found[2])
  flight = with_sums(read_budget(field, found[3]))
  touched = {flight}
end

local function count(field)
  redis.call('HINCRBY', counts_key, field, 1)
end

-- Appends what became of an event to the stream.
local function append(kind, status, amount, reason)
  local owned = flight or {campaign = 0, advertiser = 0}
  local entry = struct.pack(EVENT, EVENT_VERSION, kind, STATUS[status], amount, token.flight, owned.campaign,
    owned.advertiser, token.epoch, token.minute, token.serial, token.received)
  redis.call('XADD', TAG .. 'events', '*', 'e', entry .. reason .. '\0' .. token.tail)
end

local function refuse(status, why)
  count('gross_' .. NAME[token.kind])
  count('invalid:' .. why)
  append(token.kind, status, 0, why)
  return {status, 0}
end

-- The minute in which the event came: for one out of a journal, that of its receipt.
local function minute_of_receipt()
  if token.received == 0 then return ledger.minute end
  return math.min(ledger.minute, math.floor(token.received / 60))
end

local function fetch_owners()
  local fields = {'c' .. flight.campaign, 'a' .. flight.advertiser}
  local raw = redis.call('HMGET', LEDGER, unpack(fields))
  for place, field in ipairs(fields) do
    local owner = with_sums(read_budget(field, raw[place]))
    touched[#touched + 1] = owner
    owners_known = owners_known and (owner ~= nil or string.sub(field, 2) == '0')
  end
end

local function write(head)
  local words = head and {'head', head} or {}
  for _, budget in ipairs(touched) do
    words[#words + 1] = budget.field
    words[#words + 1] = packed(budget)
  end
  redis.call('HSET', LEDGER, unpack(words))
end

-- Sets the mark of this event; true if it was not set before.
local function first_use(event)
  local offset = token.serial * MARKS_PER_SERIAL + event
  return redis.call('SETBIT', marks_key(ledger, token.minute), offset, 1) == 0
end

-- Makes the token's day a budget's latest, if it is later than that.
local function roll_day(budget)
  if token.day <= budget.latest then return end
  budget.before, budget.latest = budget.latest, token.day
  for unit = 0, 3 do
    local sums = budget.units[unit]
    sums.before, sums.latest = sums.latest, 0
  end
end

-- Which sum of a budget the token's day is: 'latest', 'before', or nil for a day longer gone.
local function day_scope(budget)
  if token.day == budget.latest then return 'latest' end
  return token.day == budget.before and 'before' or nil
end

-- What this billing event costs. The nth impression or view is its share of a price for 1,000: floor(n p / 1000) -
-- floor((n-1) p / 1000), in small numbers only. A click is its price. A flat price is due once a day, and only the
-- reservation that set it aside carries it.
local function cost()
  if token.model == CPC then return token.price end
  if token.model == FLAT then
    local scope = day_scope(flight)
    return scope and flight.units[MONEY][scope] == 0 and token.price or 0
  end
  local rest = math.fmod(token.price, 1000)
  local step = math.fmod(flight.billed, 1000)
  return (token.price - rest) / 1000 + math.floor((step + 1) * rest / 1000) - math.floor(step * rest / 1000)
end

-- True if a cap has room: on time what was booked counts, late what others still hold counts too.
local function has_room(budget, unit, cap, day, amount, event)
  if cap < 0 then return true end
  local scope = day and day_scope(budget) or not day and 'life'
  if not scope then return false end
  local booked = budget.units[unit][scope]
  if minute_of_receipt() <= token.minute + WINDOW[event] then return booked + amount <= cap end
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
      release_hold(budget, column_of(unit, event), ledger.minute, token.minute, token.day, held)
    end
  end
end

local function add(budget, amounts)
  local scope = day_scope(budget)
  for unit, amount in pairs(amounts) do
    local sums = budget.units[unit]
    sums.life = sums.life + amount
    if scope then sums[scope] = sums[scope] + amount end
  end
end

-- Books a valid event of a reservation, if every cap has room. Returns its status and what it cost.
local function settle(event)
  count('gross_' .. NAME[event])
  flight.net[event] = flight.net[event] + 1
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
  flight.billed = flight.billed + 1
  return 'billed', amounts[MONEY]
end

local function book(event, implied)
  local status, amount = settle(event)
  append(implied and event + IMPLIED or event, status, amount, '')
  return status, amount
end

local function book_house()
  count('gross_' .. NAME[token.kind])
  flight.net[token.kind] = flight.net[token.kind] + 1
  write()
  append(token.kind, 'counted', 0, '')
  return {'counted', 0}
end

-- True if the event came too late, or its minute's marks are gone, so that nobody knows whether it was used.
local function is_expired()
  return token.minute + LATE < minute_of_receipt() or token.minute <= ledger.swept
end

local function book_event()
  if not flight then
    -- An erased site has no ledger, and gets no stream again.
    if not ledger.new then append(token.kind, 'unknown', 0, 'unknown-flight') end
    return {'unknown', 0}
  end
  if token.reason ~= '' then return refuse('invalid', token.reason) end
  if token.epoch == 0 then return book_house() end
  if token.epoch ~= ledger.epoch or ledger.new then return refuse('unknown', 'unknown-ledger') end
  if is_expired() then return refuse('expired', 'expired') end
  if not first_use(token.kind) then return refuse('replay', 'replay') end
  fetch_owners()
  for _, budget in ipairs(touched) do roll_day(budget) end
  local implied, implied_cost = nil, 0
  if token.kind == CLICK and first_use(IMPRESSION) then implied, implied_cost = book(IMPRESSION, true) end
  local status, amount = book(token.kind)
  write(close_ledger(ledger))
  if implied == 'billed' then status = 'billed' end
  return {status, amount + implied_cost}
end

-- Books an event out of a journal, unless this record of its segment was taken before: a drain that was cut off begins
-- its segment again.
local function book_drained()
  local key = TAG .. 'drained:' .. token.segment
  local taken = tonumber(redis.call('GET', key) or 0)
  if taken >= token.number then return {'replay', 0} end
  if taken < token.after then return redis.error_reply(JOURNAL_GAP) end
  local answer = book_event()
  redis.call('SET', key, token.number, 'EX', DRAINED_TTL_S)
  return answer
end

redis.register_function('book' .. SUFFIX, function(keys, args)
  begin(keys)
  read_call(args)
  if redis.call('XLEN', TAG .. 'events') >= token.most then return redis.error_reply(STREAM_FULL) end
  fetch_flight()
  if not ledger then return redis.error_reply(OLD_FORMAT) end
  if token.segment then return book_drained() end
  return book_event()
end)
