-- Forgets the entries of a stream that every group has taken: those before each group's oldest open entry. Where the stream
-- is nearly full, and what fills it waits for the export alone, the export's group is moved first: files go without its oldest.
-- KEYS     1 the site's stream  2 the hash of its export
-- ARGV     1 group that stands for the export  2 entries above which files go without the oldest (0: never)
--          3 most of them in one call  4... groups without which nothing is forgotten: they may not have begun yet
-- Returns  how many were forgotten

local EXPORT, FULL, AT_ONCE = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local function parts(id)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(number)
end

local function is_before(one, other)
  local ms, number = parts(one)
  local other_ms, other_number = parts(other)
  return ms < other_ms or (ms == other_ms and number < other_number)
end

local function after(id)
  local ms, number = parts(id)
  return string.format('%.0f-%.0f', ms, number + 1)
end

local function earlier(one, other)
  return one and is_before(one, other) and one or other
end

-- The oldest entry that the group still needs.
local function needed_by(group)
  local oldest = redis.call('XPENDING', KEYS[1], group['name'])[2]
  return oldest or after(group['last-delivered-id'])
end

-- Moves the export's group behind the oldest entries that all others have taken; returns what it needs then.
local function left_out(needed, needed_by_others, too_many)
  local oldest = redis.call('XRANGE', KEYS[1], needed, '+', 'COUNT', math.min(too_many, AT_ONCE))
  local count = #oldest
  while count > 0 and not is_before(oldest[count][1], needed_by_others) do count = count - 1 end
  if count == 0 then return needed end
  local last, time = oldest[count][1], redis.call('TIME')
  redis.call('XGROUP', 'SETID', KEYS[1], EXPORT, last)
  redis.call('HSET', KEYS[2], 'watermark', last, 'left_out_ms', string.format('%.0f', time[1] * 1000))
  redis.call('HINCRBY', KEYS[2], 'left_out', count)
  redis.call('HDEL', KEYS[2], 'until')
  return after(last)
end

if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local needed, needed_by_others, begun = nil, nil, {}
for _, told in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for place = 1, #told, 2 do group[told[place]] = told[place + 1] end
  begun[group['name']] = true
  if group['name'] == EXPORT then
    needed = needed_by(group)
  else
    needed_by_others = earlier(needed_by_others, needed_by(group))
  end
end
for place = 4, #ARGV do
  if not begun[ARGV[place]] then return 0 end
end
local too_many = redis.call('XLEN', KEYS[1]) - FULL
if needed and needed_by_others and FULL > 0 and too_many > 0 then
  needed = left_out(needed, needed_by_others, too_many)
end
if needed_by_others then needed = earlier(needed, needed_by_others) end
return redis.call('XTRIM', KEYS[1], 'MINID', needed)
