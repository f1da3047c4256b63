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

local ASKED, FLIGHT_AT = '<BI4I4I4I4I4dI4I4I4BI4I4I4Bc0Bc0Bc0', 2
local EVENT, EVENT_VERSION, IMPLIED = '<BBBI7I4I4I4I4I4I3I4', 1, 16
local STATUS = {billed = 0, counted = 1, unbilled = 2, replay = 3, expired = 4, invalid = 5, unknown = 6}
local STREAM_FULL = 'STREAMFULL The stream of events is full: run a worker, which takes them.'
local JOURNAL_GAP = 'JOURNALGAP An earlier record of the segment was not taken: drain it from its start.'
local DRAINED_TTL_S = 604800
-- Minutes by which a reservation may be ahead of the ledger's clock: what a failover takes back is seconds.
local AHEAD = 2
local GROSS = {[0] = 'gross_impressions', 'gross_views', 'gross_clicks'}
local UNBILLED = {[0] = 'unbilled_impressions', 'unbilled_views', 'unbilled_clicks'}

-- What the call that runs knows; open_call sets all of it anew. `tallies` is what is to be added to flights' counts, by
-- their budgets; `drained` the last record taken of each segment; `marks` the key of the marks of `marked_minute`,
-- `stream` that of the stream.
local ledger, tallies, drained, is_booked, marked_minute, marks, stream
-- The event that is booked now, as ASKED gives it; take_up sets all of it anew. `flight` is its flight's budget,
-- `came_in` the minute of its receipt.
local kind, flight_number, epoch, minute, serial, model, price, view_ppm, click_ppm, day, extra, received, number, after,
  reason, tail, segment, flight, came_in

-- Reads the ledger and the budgets of these packed events; false if it is in the form of an earlier version.
local function open_call(args)
  tallies, drained, is_booked, marked_minute, stream = {}, {}, false, nil, TAG .. 'events'
  local numbers, wanted = {}, {}
  for place = 2, #args do
    local number = struct.unpack('<I4', args[place], FLIGHT_AT)
    if not wanted[number] then wanted[number], numbers[#numbers + 1] = true, number end
  end
  ledger = fetch_budgets(numbers)
  return ledger ~= nil
end

-- The minute in which the event came: for one out of a journal, that of its receipt.
local function minute_of_receipt()
  if received == 0 then return ledger.minute end
  return math.min(ledger.minute, math.floor(received / 60))
end

local function take_up(raw)
  kind, flight_number, epoch, minute, serial, model, price, view_ppm, click_ppm, day, extra, received, number, after,
    reason, tail, segment = struct.unpack(ASKED, raw)
  flight, came_in = flights[flight_number], minute_of_receipt()
end

local function count(field)
  local counts = tallies[flight]
  if not counts then
    counts = {}
    tallies[flight] = counts
  end
  counts[field] = (counts[field] or 0) + 1
end

-- Appends what became of an event to the stream.
local function append(of_kind, status, amount, why)
  local campaign, advertiser, at = 0, 0, received
  if flight then campaign, advertiser = flight[CAMPAIGN], flight[ADVERTISER] end
  if at == 0 and ledger.is_set then at = ledger.now end
  local entry = struct.pack(EVENT, EVENT_VERSION, of_kind, STATUS[status], amount, flight_number, campaign, advertiser,
    epoch, minute, serial, at)
  redis.call('XADD', stream, '*', 'e', entry .. why .. '\0' .. tail)
end

local function refuse(status, why)
  count(GROSS[kind])
  count('invalid:' .. why)
  append(kind, status, 0, why)
  return status, 0
end

-- Writes all that the call has changed.
local function write()
  local words = is_booked and {'head', close_ledger(ledger)} or {}
  add_changed(words, flights)
  add_changed(words, campaigns)
  add_changed(words, advertisers)
  if #words > 0 then redis.call('HSET', LEDGER, unpack(words)) end
  for budget, counts in pairs(tallies) do
    local key = TAG .. 'flight:' .. string.sub(budget.field, 2)
    for field, more in pairs(counts) do redis.call('HINCRBY', key, field, more) end
  end
  for of_segment, taken in pairs(drained) do
    redis.call('SET', TAG .. 'drained:' .. of_segment, taken, 'EX', DRAINED_TTL_S)
  end
end

-- Sets the mark of this event; true if it was not set before.
local function first_use(event)
  if marked_minute ~= minute then marked_minute, marks = minute, marks_key(ledger, minute) end
  return redis.call('SETBIT', marks, serial * MARKS_PER_SERIAL + event, 1) == 0
end

-- What this billing event costs. The nth impression or view is its share of a price for 1,000: floor(n p / 1000) -
-- floor((n-1) p / 1000), in small numbers only. A click is its price. A flat price is due once a day, and only the
-- reservation that set it aside carries it: nil where it is not due.
local function cost()
  if model == CPC then return price end
  if model == FLAT then
    local scope = day_scope(flight, day)
    return scope and flight[scope] == 0 and price > 0 and price or nil
  end
  local rest = math.fmod(price, 1000)
  local step = math.fmod(flight[BILLED], 1000)
  return (price - rest) / 1000 + math.floor((step + 1) * rest / 1000) - math.floor(step * rest / 1000)
end

-- True if a cap has room: on time what was booked counts, late what others still hold counts too.
local function has_room(budget, unit, cap, of_day, amount, event)
  if cap < 0 then return true end
  local scope = of_day and day_scope(budget, of_day) or not of_day and LIFE
  if not scope then return false end
  local booked = budget[scope + unit * UNIT]
  local last_minute = minute + WINDOW[event] + (event == IMPRESSION and extra or 0)
  if came_in <= last_minute then return booked + amount <= cap end
  return booked + held_of(budget, unit, ledger.minute, of_day) + amount <= cap
end

-- What an event books of a unit, where it costs so much money (nil: none); nil if nothing.
local function amount_of(unit, event, money)
  if unit == MONEY then return money end
  return unit == event + 1 and FULL or nil
end

-- True if every cap of the budget has room for this event, which costs so much.
local function admits(budget, event, money)
  local cap_unit, goal_unit = budget[CAP_UNIT], budget[GOAL_UNIT]
  local capped, aimed = amount_of(cap_unit, event, money), amount_of(goal_unit, event, money)
  return (not capped or has_room(budget, cap_unit, budget[LIFE_CAP], nil, capped, event)
      and has_room(budget, cap_unit, budget[DAY_CAP], day, capped, event))
    and (not aimed or has_room(budget, goal_unit, budget[GOAL], nil, aimed, event))
end

-- Gives back what the reservation held of a unit for this event.
local function release(unit, event)
  local held = held_amount(full_amount(unit, model, price), event, view_ppm, click_ppm)
  local column = column_of(unit, event)
  local of_minute = hold_minute(column, minute, extra)
  for _, budget in ipairs(flight.touched) do release_hold(budget, column, ledger.minute, of_minute, day, held) end
end

local function add_net(event)
  flight[NET + event] = flight[NET + event] + 1
end

-- Books a valid event of a reservation, if every cap has room. Returns its status and what it cost.
local function settle(event)
  count(GROSS[event])
  add_net(event)
  local bills, free = BILLS[model] == event, flight.is_owned
  local money = bills and cost() or nil
  for _, budget in ipairs(flight.limited) do free = free and admits(budget, event, money) end
  release(event + 1, event)
  if bills then release(MONEY, event) end
  if not free then
    count(UNBILLED[event])
    return 'unbilled', 0
  end
  for _, budget in ipairs(flight.touched) do add(budget, event, money, day) end
  if not money then return 'counted', 0 end
  flight[BILLED] = flight[BILLED] + 1
  return 'billed', money
end

local function book(event, implied)
  local status, amount = settle(event)
  append(implied and event + IMPLIED or event, status, amount, '')
  return status, amount
end

local function book_house()
  count(GROSS[kind])
  add_net(kind)
  flight.is_changed = true
  append(kind, 'counted', 0, '')
  return 'counted', 0
end

-- True if the event came too late, or its minute's marks are gone, so that nobody knows whether it was used.
local function is_expired()
  return minute + LATE < came_in or minute <= ledger.swept
end

-- Books the event taken up; returns its status and what it cost.
local function book_event()
  if not flight then
    -- An erased site has no ledger, and gets no stream again.
    if not ledger.new then append(kind, 'unknown', 0, 'unknown-flight') end
    return 'unknown', 0
  end
  if reason ~= '' then return refuse('invalid', reason) end
  if epoch == 0 then return book_house() end
  if epoch ~= ledger.epoch or ledger.new then return refuse('unknown', 'unknown-ledger') end
  if minute > ledger.minute + AHEAD then return refuse('unknown', 'future') end
  if is_expired() then return refuse('expired', 'expired') end
  if not first_use(kind) then return refuse('replay', 'replay') end
  for _, budget in ipairs(flight.touched) do
    roll_day(budget, day)
    budget.is_changed = true
  end
  is_booked = true
  local implied, implied_cost = nil, 0
  if kind == CLICK and first_use(IMPRESSION) then implied, implied_cost = book(IMPRESSION, true) end
  local status, amount = book(kind)
  if implied == 'billed' then status = 'billed' end
  return status, amount + implied_cost
end

-- Books an event out of a journal, unless this record of its segment was taken before: a drain that was cut off begins
-- its segment again. Returns nothing where an earlier record is missing.
local function book_drained()
  local taken = drained[segment] or tonumber(redis.call('GET', TAG .. 'drained:' .. segment) or 0)
  if taken >= number then return 'replay', 0 end
  if taken < after then return nil end
  drained[segment] = number
  return book_event()
end

redis.register_function('book' .. SUFFIX, function(keys, args)
  begin(keys)
  if redis.call('XLEN', TAG .. 'events') >= tonumber(args[1]) then return redis.error_reply(STREAM_FULL) end
  if not open_call(args) then return redis.error_reply(OLD_FORMAT) end
  local answers = {}
  for place = 2, #args do
    take_up(args[place])
    local book_it = segment == '' and book_event or book_drained
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
