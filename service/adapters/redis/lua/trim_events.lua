-- Forgets the entries of a stream that every group has taken: those before each group's oldest open entry.
-- KEYS[1]  the site's stream
-- ARGV     groups without which nothing is forgotten: they may not have begun yet
-- Returns  how many were forgotten

local function parts(id)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(number)
end

local function is_before(one, other)
  local ms, number = parts(one)
  local other_ms, other_number = parts(other)
  return ms < other_ms or (ms == other_ms and number < other_number)
end

if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local keep_from, begun = nil, {}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local told = {}
  for place = 1, #group, 2 do told[group[place]] = group[place + 1] end
  begun[told['name']] = true
  local pending = redis.call('XPENDING', KEYS[1], told['name'])
  local oldest = pending[2]
  if not oldest then
    local ms, number = parts(told['last-delivered-id'])
    oldest = string.format('%.0f-%.0f', ms, number + 1)
  end
  if not keep_from or is_before(oldest, keep_from) then keep_from = oldest end
end
for _, name in ipairs(ARGV) do
  if not begun[name] then return 0 end
end
return redis.call('XTRIM', KEYS[1], 'MINID', keep_from)
