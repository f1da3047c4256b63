-- Brings a ledger of the first form, a hash for each flight, over to budgets in one hash; one that has a head it leaves.
-- keys     1 sf:{site}:ledger  2 sf:{site}:numbers  3 sf:{site}:inventory
-- Returns  how many flights it brought over
-- The first form: `sf:{site}:flight:<number>` held terms, life_<unit>, day, day_<unit>, last_day, last_<unit>, billed, and
-- holds, a packed list of {minute, day, m, i, v, c}; keys[1] held epoch, clock_s, minute, serial and swept
-- as texts; `sf:{site}:killed` was the set of killed creatives.
-- What a flight booked is booked on its campaign and advertiser too, as if they had had budgets from the start.

local LETTERS = {[0] = 'm', 'i', 'v', 'c'}
local UNIT_OF = {m = 0, i = 1, v = 2, c = 3}
local MOVED = {'state', 'model', 'price', 'cap_unit', 'lifetime_cap', 'daily_cap', 'goal_unit', 'goal', 'billed', 'day',
  'day_end', 'last_day', 'holds', 'net_impressions', 'net_views', 'net_clicks', 'life_m', 'life_i', 'life_v', 'life_c',
  'day_m', 'day_i', 'day_v', 'day_c', 'last_m', 'last_i', 'last_v', 'last_c'}

local function read_old(key)
  local found, old = redis.call('HMGET', key, unpack(MOVED)), {}
  for place, name in ipairs(MOVED) do old[name] = found[place] end
  return old
end

local function number(text)
  return tonumber(text or '') or 0
end

local function terms_of(old, campaign, advertiser)
  return struct.pack(TERMS, VERSION, old.state == 'active' and 1 or 0, number(old.model), UNIT_OF[old.cap_unit] or 0,
    UNIT_OF[old.goal_unit] or 0, number(old.price), tonumber(old.lifetime_cap or '') or -1,
    tonumber(old.daily_cap or '') or -1, tonumber(old.goal or '') or -1, campaign, advertiser)
end

local function sums_of(old)
  local sums = {number(old.billed), number(old.net_impressions), number(old.net_views), number(old.net_clicks),
    number(old.day), number(old.last_day)}
  for unit = 0, 3 do
    for _, scope in ipairs({'life_', 'day_', 'last_'}) do sums[#sums + 1] = number(old[scope .. LETTERS[unit]]) end
  end
  return struct.pack(SUMS, unpack(sums))
end

local function holds_of_old(old, minute)
  local budget, model = {holds = {}}, number(old.model)
  for _, entry in ipairs(old.holds and cmsgpack.unpack(old.holds) or {}) do
    for unit = 0, 3 do
      local column = column_of(unit, event_of(unit, model))
      local amount = entry[unit + 3]
      if amount > 0 and entry[1] + COLUMN_WINDOW[column] >= minute then
        add_hold(budget, column, entry[1], entry[1], entry[2], amount)
      end
    end
  end
  return packed_holds(budget.holds)
end

-- Adds what a flight booked to an owner, if it is known: for life, and by day.
local function add_to(owner, old)
  if not owner then return end
  for unit = 0, 3 do
    local letter = LETTERS[unit]
    owner.life[unit] = (owner.life[unit] or 0) + number(old['life_' .. letter])
    for _, scope in ipairs({'day', 'last'}) do
      local day = number(scope == 'day' and old.day or old.last_day)
      owner.days[day] = owner.days[day] or {}
      owner.days[day][unit] = (owner.days[day][unit] or 0) + number(old[scope .. '_' .. letter])
    end
  end
end

local function owner_record(owner)
  local days = {}
  for day in pairs(owner.days) do days[#days + 1] = day end
  table.sort(days, function(one, other) return one > other end)
  local latest, before = days[1] or 0, days[2] or 0
  local sums = {0, 0, 0, 0, latest, before}
  for unit = 0, 3 do
    sums[#sums + 1] = owner.life[unit] or 0
    sums[#sums + 1] = owner.days[latest] and owner.days[latest][unit] or 0
    sums[#sums + 1] = days[2] and owner.days[before][unit] or 0
  end
  return open_terms() .. struct.pack(SUMS, unpack(sums))
end

-- Every name with its number, and the sums to be of each owner by its field.
local function read_names(numbers_key)
  local names, owners, raw = {}, {}, redis.call('HGETALL', numbers_key)
  for place = 1, #raw, 2 do
    local name, of_name = raw[place], raw[place + 1]
    names[name] = of_name
    local letter = string.match(name, '^campaigns:') and 'c' or string.match(name, '^advertisers:') and 'a'
    if letter then owners[letter .. of_name] = {life = {}, days = {}} end
  end
  return names, owners
end

local function bring_flight(names, owners, json, of_name, old, minute)
  local flight = json and cjson.decode(json) or {}
  local campaign = names['campaigns:' .. (flight.campaign or '')] or 0
  local advertiser = names['advertisers:' .. (flight.advertiser or '')] or 0
  local terms = terms_of(old, tonumber(campaign), tonumber(advertiser))
  redis.call('HSET', LEDGER, 'f' .. of_name, terms .. sums_of(old) .. holds_of_old(old, minute))
  redis.call('HDEL', TAG .. 'flight:' .. of_name, unpack(MOVED))
  add_to(owners['c' .. campaign], old)
  add_to(owners['a' .. advertiser], old)
end

local function bring_head()
  local clock = redis.call('HMGET', LEDGER, 'epoch', 'clock_s', 'minute', 'serial', 'swept')
  local now = math.max(tonumber(redis.call('TIME')[1]), number(clock[2]))
  local minute = math.floor(now / 60)
  local swept = tonumber(clock[5] or '') or minute - MARKS_KEPT - 1
  local epoch = tonumber(clock[1] or '') or now
  redis.call('HSET', LEDGER, 'head', struct.pack(HEAD, epoch, now, number(clock[3]), number(clock[4]), swept))
  redis.call('HDEL', LEDGER, 'epoch', 'clock_s', 'minute', 'serial', 'swept')
  return minute
end

redis.register_function('bring_over' .. SUFFIX, function(keys)
  begin(keys)
  if redis.call('HEXISTS', LEDGER, 'head') == 1 then return 0 end
  local minute, brought = bring_head(), 0
  local names, owners = read_names(keys[2])
  for name, of_name in pairs(names) do
    local old = string.match(name, '^flights:') and read_old(TAG .. 'flight:' .. of_name)
    if old and old.state then
      bring_flight(names, owners, redis.call('HGET', keys[3], name), of_name, old, minute)
      brought = brought + 1
    end
  end
  for field, owner in pairs(owners) do redis.call('HSET', LEDGER, field, owner_record(owner)) end
  for _, creative in ipairs(redis.call('SMEMBERS', TAG .. 'killed')) do redis.call('HSET', LEDGER, 'k' .. creative, 1) end
  redis.call('DEL', TAG .. 'killed')
  return brought
end)
