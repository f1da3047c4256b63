-- Writes changes of a site's inventory, all or none, and the terms of changed budgets in the ledger.
-- keys     1 sf:{site}:ledger  2 sf:{site}:versions  3 sf:{site}:inventory  4 sf:{site}:numbers
-- args[1]  the version that the changes were made against
-- args[2]  how many placements every site has from the start (their numbers are taken)
-- args[3...] seven for each change: kind, id, the entity as JSON (empty: forget it), its fixed number (empty: give one);
--          for a budget its terms packed as in TERMS without the numbers of its owners, for a creative `killed` or empty;
--          for a flight the ids of its campaign and of its advertiser
-- Returns  the new version, or -1 when the inventory is no longer at args[1]

local STATE_AT = 2
local FIELD = {flights = 'f', campaigns = 'c', advertisers = 'a'}

-- The hash of numbers, and how many placements are numbered already, of the call that runs.
local numbers_key, fixed_placements

-- An entity's number: given at its first load, kept for ever, also while it is away.
local function number_of(kind, id, fixed)
  local name = kind .. ':' .. id
  local known = redis.call('HGET', numbers_key, name)
  if known then return known end
  local number = fixed
  if number == '' then
    number = redis.call('HINCRBY', numbers_key, 'last:' .. kind, 1)
    if kind == 'placements' then number = number + fixed_placements end
  end
  redis.call('HSET', numbers_key, name, number)
  return number
end

-- Puts terms in front of what is booked and held; nothing yet, for a new budget.
local function write_terms(field, terms)
  local raw = redis.call('HGET', LEDGER, field)
  redis.call('HSET', LEDGER, field, terms .. (raw and string.sub(raw, TERMS_BYTES + 1) or string.rep('\0', SUMS_BYTES)))
end

local function owner_number(kind, id)
  local number = number_of(kind, id, '')
  local field = FIELD[kind] .. number
  if redis.call('HEXISTS', LEDGER, field) == 0 then write_terms(field, open_terms()) end
  return tonumber(number)
end

local function write_budget(kind, number, terms, campaign, advertiser)
  local owners = {0, 0}
  if kind == 'flights' then
    owners = {owner_number('campaigns', campaign), owner_number('advertisers', advertiser)}
  end
  write_terms(FIELD[kind] .. number, terms .. struct.pack('<I4I4', unpack(owners)))
end

-- A flight that is forgotten keeps what it booked, and serves no more.
local function stop(number)
  local raw = redis.call('HGET', LEDGER, 'f' .. number)
  if not raw then return end
  local stopped = string.sub(raw, 1, STATE_AT - 1) .. '\0' .. string.sub(raw, STATE_AT + 1)
  redis.call('HSET', LEDGER, 'f' .. number, stopped)
end

local function write_creative(number, killed)
  if killed then return redis.call('HSET', LEDGER, 'k' .. number, 1) end
  redis.call('HDEL', LEDGER, 'k' .. number)
end

local function change(inventory_key, kind, id, json, fixed, terms, campaign, advertiser)
  local number, name = number_of(kind, id, fixed), kind .. ':' .. id
  if json == '' then redis.call('HDEL', inventory_key, name) else redis.call('HSET', inventory_key, name, json) end
  if kind == 'creatives' then
    write_creative(number, json == '' or terms ~= '')
  elseif json == '' and kind == 'flights' then
    stop(number)
  elseif json ~= '' and FIELD[kind] then
    write_budget(kind, number, terms, campaign, advertiser)
  end
end

redis.register_function('apply_inventory' .. SUFFIX, function(keys, args)
  begin(keys)
  numbers_key, fixed_placements = keys[4], tonumber(args[2])
  if (redis.call('HGET', keys[2], 'inventory') or '0') ~= args[1] then return -1 end
  local head = redis.call('HMGET', LEDGER, 'head', 'test_offset_s')
  local ledger = open_ledger(head[1], head[2])
  if not ledger then return redis.error_reply(OLD_FORMAT) end
  if ledger.new then redis.call('HSET', LEDGER, 'head', packed_head(ledger)) end
  for place = 3, #args, 7 do change(keys[3], unpack(args, place, place + 6)) end
  return redis.call('HINCRBY', keys[2], 'inventory', 1)
end)
