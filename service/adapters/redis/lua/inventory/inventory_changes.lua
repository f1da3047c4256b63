-- What one change of an inventory does to its records, its numbers and the ledger: shared by the functions that change it.
--
-- A change is seven words: kind, id, the entity as JSON (empty: forget it), its fixed number (empty: give one);
-- for a budget its terms packed as in TERMS without the numbers of its owners, for a creative `killed` or empty;
-- for a flight the ids of its campaign and of its advertiser.
-- What it does to the ledger is an act, a number, and for a budget its terms. Acts are f, c and a: write the terms of a
-- flight, a campaign, an advertiser; s: stop a flight; + and -: a creative is killed, or not.

local STATE_AT = 2
local MOST_NOTED = 200
local FIELD = {flights = 'f', campaigns = 'c', advertisers = 'a'}

-- The hashes of records and of numbers, how many placements are numbered already, and what takes each act upon the
-- ledger, of the call that runs.
local records_key, numbers_key, fixed_placements, act

-- An entity's number, and whether it is a new one: given at its first load, kept for ever, also while it is away.
local function number_of(kind, id, fixed)
  local name = kind .. ':' .. id
  local known = redis.call('HGET', numbers_key, name)
  if known then return known, false end
  local number = fixed
  if number == '' then
    number = redis.call('HINCRBY', numbers_key, 'last:' .. kind, 1)
    if kind == 'placements' then number = number + fixed_placements end
  end
  redis.call('HSET', numbers_key, name, number)
  return number, true
end

-- An owner that only a flight has named so far is a budget without limits.
local function owner_number(kind, id)
  local number, new = number_of(kind, id, '')
  if new then act(FIELD[kind], number, open_terms()) end
  return tonumber(number)
end

local function change_budget(kind, number, terms, campaign, advertiser)
  local owners = {0, 0}
  if kind == 'flights' then
    owners = {owner_number('campaigns', campaign), owner_number('advertisers', advertiser)}
  end
  act(FIELD[kind], number, terms .. struct.pack('<I4I4', unpack(owners)))
end

local function change(kind, id, json, fixed, terms, campaign, advertiser)
  local name, number, new = kind .. ':' .. id, number_of(kind, id, fixed)
  if json == '' then redis.call('HDEL', records_key, name) else redis.call('HSET', records_key, name, json) end
  if kind == 'creatives' then
    local killed = json == '' or terms ~= ''
    if killed or not new then act(killed and '+' or '-', number, '') end
  elseif json == '' and kind == 'flights' then
    act('s', number, '')
  elseif json ~= '' and FIELD[kind] then
    change_budget(kind, number, terms, campaign, advertiser)
  end
end

-- Puts terms in front of what is booked and held; nothing yet, for a new budget.
local function write_terms(field, terms)
  local raw = redis.call('HGET', LEDGER, field)
  redis.call('HSET', LEDGER, field, terms .. (raw and string.sub(raw, TERMS_BYTES + 1) or string.rep('\0', SUMS_BYTES)))
end

-- A flight that is forgotten keeps what it booked, and serves no more.
local function stop(number)
  local raw = redis.call('HGET', LEDGER, 'f' .. number)
  if not raw then return end
  local stopped = string.sub(raw, 1, STATE_AT - 1) .. '\0' .. string.sub(raw, STATE_AT + 1)
  redis.call('HSET', LEDGER, 'f' .. number, stopped)
end

-- Does one act upon the ledger, now.
local function bind(what, number, terms)
  if what == '+' then
    redis.call('HSET', LEDGER, 'k' .. number, 1)
  elseif what == '-' then
    redis.call('HDEL', LEDGER, 'k' .. number)
  elseif what == 's' then
    stop(number)
  else
    write_terms(what .. number, terms)
  end
end

-- Whether the inventory is no longer at the version that the changes were made against, or another is about to be.
local function has_moved(versions_key, version, due_numbers_key)
  local now = redis.call('HGET', versions_key, 'inventory') or '0'
  return now ~= version or redis.call('EXISTS', due_numbers_key) == 1
end

-- Makes sure that there is a ledger of this form; false if it is in that of an earlier version.
local function has_ledger()
  local head = redis.call('HMGET', LEDGER, 'head', 'test_offset_s')
  local ledger = open_ledger(head[1], head[2])
  if not ledger then return false end
  if ledger.new then redis.call('HSET', LEDGER, 'head', packed_head(ledger)) end
  return true
end

-- Notes a change's mark and the names of whom it changed, for those who hold the inventory that was before.
local function note_change(changes_key, names)
  redis.call('RPUSH', changes_key, table.concat(names, ' '))
  redis.call('LTRIM', changes_key, -MOST_NOTED, -1)
end

-- Moves the version on, and gives the inventory a mark that no other has; returns the new version.
local function move(versions_key, mark)
  redis.call('HSET', versions_key, 'inventory_mark', mark)
  return redis.call('HINCRBY', versions_key, 'inventory', 1)
end
