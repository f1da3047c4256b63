-- Writes changes of a site's inventory, all or none, and the terms of changed flights in the ledger's records.
-- KEYS[1]  sf:{site}:versions   KEYS[2]  sf:{site}:inventory   KEYS[3]  sf:{site}:numbers   KEYS[4]  sf:{site}:killed
-- ARGV[1]  the version that the changes were made against
-- ARGV[2]  prefix of the flights' records, `sf:{site}:flight:`
-- ARGV[3]  how many placements every site has from the start (their numbers are taken)
-- ARGV[4...] five for each change: kind, id, the entity as JSON (empty: forget it), its fixed number (empty: give one),
--          and for a flight its terms as a JSON object of texts, for a creative `killed` or empty
-- Returns  the new version, or -1 when the inventory is no longer at ARGV[1]

local current = redis.call('HGET', KEYS[1], 'inventory') or '0'
if current ~= ARGV[1] then return -1 end

-- An entity's number: given at its first load, kept for ever, also while it is away.
local function number_of(kind, id, fixed)
  local name = kind .. ':' .. id
  local known = redis.call('HGET', KEYS[3], name)
  if known then return known end
  local number = fixed
  if number == '' then
    number = redis.call('HINCRBY', KEYS[3], 'last:' .. kind, 1)
    if kind == 'placements' then number = number + tonumber(ARGV[3]) end
  end
  redis.call('HSET', KEYS[3], name, number)
  return number
end

local function write_terms(number, terms)
  local words = {}
  for field, value in pairs(terms) do
    table.insert(words, field)
    table.insert(words, value)
  end
  redis.call('HSET', ARGV[2] .. number, unpack(words))
end

for place = 4, #ARGV, 5 do
  local kind, id, json, terms = ARGV[place], ARGV[place + 1], ARGV[place + 2], ARGV[place + 4]
  local number = number_of(kind, id, ARGV[place + 3])
  if json == '' then
    redis.call('HDEL', KEYS[2], kind .. ':' .. id)
  else
    redis.call('HSET', KEYS[2], kind .. ':' .. id, json)
  end
  if kind == 'flights' then
    write_terms(number, json == '' and {state = 'removed'} or cjson.decode(terms))
  elseif kind == 'creatives' then
    redis.call(json ~= '' and terms == '' and 'SREM' or 'SADD', KEYS[4], number)
  end
end
return redis.call('HINCRBY', KEYS[1], 'inventory', 1)
