-- Adds a batch of events to sums, and acknowledges it: both in one step, or neither.
-- KEYS     1 the site's stream  2 its stream of set-aside entries  3... the hashes of sums
-- ARGV     1 group  2 consumer  3 first id of the batch  4 last id  5 how many entries it has
--          6 most set-aside entries  7 how many of the batch are set aside, each then: its id, the reason, its bytes
--          and for each of KEYS[3...]: seconds it is kept (0: for ever), most fields, how its values are packed, how many
--          fields follow, and each of them: its name and what is added, packed
-- Returns  1; 0 where the batch is no longer this consumer's, as a whole
-- A field past the most is added to the one of its first part with the value `~`; fields without a `:` have always room.

local CHUNK = 1000

local function own_ids()
  local count = tonumber(ARGV[5])
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[4], count + 1, ARGV[2])
  return #pending == count and pending
end

local function acknowledge(pending)
  for first = 1, #pending, CHUNK do
    local ids = {}
    for place = first, math.min(first + CHUNK - 1, #pending) do ids[#ids + 1] = pending[place][1] end
    redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
  end
end

local function sum_of(form, one, other)
  if not one then return other end
  local sums, more = {struct.unpack(form, one)}, {struct.unpack(form, other)}
  sums[#sums] = nil
  for place = 1, #sums do sums[place] = sums[place] + more[place] end
  return struct.pack(form, unpack(sums))
end

-- Adds values by field to a hash, and returns those for which it has no room, by the field of the rest.
local function add(key, form, room, fields, values)
  local rest = {}
  for first = 1, #fields, CHUNK do
    local last = math.min(first + CHUNK - 1, #fields)
    local found, words = redis.call('HMGET', key, unpack(fields, first, last)), {}
    for place = first, last do
      local field, before = fields[place], found[place - first + 1]
      local is_new = not before and string.find(field, ':', 1, true)
      if is_new and room <= 0 then
        local other = string.match(field, '^[^:]*:') .. '~'
        rest[other] = sum_of(form, rest[other], values[place])
      else
        if is_new then room = room - 1 end
        words[#words + 1], words[#words + 2] = field, sum_of(form, before, values[place])
      end
    end
    if #words > 0 then redis.call('HSET', key, unpack(words)) end
  end
  return rest
end

local function add_all(key, at)
  local ttl_s, most, form, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3])
  local fields, values = {}, {}
  at = at + 4
  for place = 1, count do
    fields[place], values[place] = ARGV[at], ARGV[at + 1]
    at = at + 2
  end
  local rest = add(key, form, most - redis.call('HLEN', key), fields, values)
  for field, value in pairs(rest) do
    redis.call('HSET', key, field, sum_of(form, redis.call('HGET', key, field), value))
  end
  if ttl_s > 0 then redis.call('EXPIRE', key, ttl_s) end
  return at
end

local pending = own_ids()
if not pending then return 0 end
acknowledge(pending)
local at = 8
for _ = 1, tonumber(ARGV[7]) do
  redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[6], '*', 'id', ARGV[at], 'reason', ARGV[at + 1], 'e', ARGV[at + 2])
  at = at + 3
end
for place = 3, #KEYS do at = add_all(KEYS[place], at) end
return 1
