-- Changes a site's inventory in slices, so that no call keeps others waiting, and yet all or nothing.
--
-- A load copies what is there and writes its changes over that, in keys of its own that expire; nothing else is touched
-- (copy_inventory, stage_inventory). Then its keys become those that are due, and the version moves
-- (switch_inventory): from now on there is no way back. What is due is bound in the ledger slice by slice, and takes the
-- place of the old in the step that binds the last (bind_inventory): whoever reads the inventory does that first,
-- should the load have been killed.

-- Of a load's keys its numbers expire first, and hold how many slices were staged: while they are there, all are.
local SLICES = 'slices'

-- What is wrong with staging a slice: -1, the inventory moved; -2, the load's keys are not there any more; else 0.
local function stage_fault(keys, version, slice, staged_numbers_key, due_numbers_key)
  if has_moved(keys[2], version, due_numbers_key) then return -1 end
  if (redis.call('HGET', staged_numbers_key, SLICES) or '0') ~= slice then return -2 end
  return 0
end

local function count_slice(staged, staged_numbers, staged_terms, ttl_s)
  redis.call('HINCRBY', staged_numbers, SLICES, 1)
  redis.call('EXPIRE', staged_numbers, ttl_s)
  redis.call('EXPIRE', staged, 2 * ttl_s)
  redis.call('EXPIRE', staged_terms, 2 * ttl_s)
end

-- Copies a slice of the records or of the numbers as they are.
-- keys     1 sf:{site}:ledger  2 sf:{site}:versions  3 sf:{site}:staged:<load>  4 sf:{site}:staged-numbers:<load>
--          5 sf:{site}:staged-terms:<load>  6 sf:{site}:due-numbers  7 what is copied  8 where to: the third or fourth
-- args     1 the version that the changes were made against  2 slices so far  3 seconds that an unfinished load is kept
--          4 the cursor to go on from  5 how many at a time
-- Returns  the next cursor, as text, 0 at the end; or a number: -1 or -2, as stage_fault says
redis.register_function('copy_inventory' .. SUFFIX, function(keys, args)
  local fault = stage_fault(keys, args[1], args[2], keys[4], keys[6])
  if fault ~= 0 then return fault end
  local found = redis.call('HSCAN', keys[7], args[4], 'COUNT', args[5])
  for place = 1, #found[2], 2 do redis.call('HSET', keys[8], found[2][place], found[2][place + 1]) end
  count_slice(keys[3], keys[4], keys[5], tonumber(args[3]))
  return found[1]
end)

-- Stages a slice of changes.
-- keys     1 to 6 as above
-- args     1 to 3 as above  4 how many placements every site has  5... the seven words of each change
-- Returns  0; or -1 or -2, as stage_fault says
redis.register_function('stage_inventory' .. SUFFIX, function(keys, args)
  local fault = stage_fault(keys, args[1], args[2], keys[4], keys[6])
  if fault ~= 0 then return fault end
  records_key, numbers_key, fixed_placements = keys[3], keys[4], tonumber(args[4])
  act = function(what, number, terms)
    redis.call('RPUSH', keys[5], what .. struct.pack('<I4', tonumber(number)) .. terms)
  end
  for place = 5, #args, 7 do change(unpack(args, place, place + 6)) end
  count_slice(keys[3], keys[4], keys[5], tonumber(args[3]))
  return 0
end)

local function make_due(staged, due)
  if redis.call('EXISTS', staged) == 0 then return end
  redis.call('RENAME', staged, due)
  redis.call('PERSIST', due)
end

-- Makes what a load staged due.
-- keys     1 to 6 as above  7 sf:{site}:due  8 sf:{site}:due-terms  9 sf:{site}:inventory-changes
-- args     1 and 2 as above  3 the mark of the new inventory
-- Returns  the new version; or -1 or -2, as stage_fault says
redis.register_function('switch_inventory' .. SUFFIX, function(keys, args)
  begin(keys)
  local fault = stage_fault(keys, args[1], args[2], keys[4], keys[6])
  if fault ~= 0 then return fault end
  if not has_ledger() then return redis.error_reply(OLD_FORMAT) end
  redis.call('HDEL', keys[4], SLICES)
  make_due(keys[3], keys[7])
  make_due(keys[4], keys[6])
  make_due(keys[5], keys[8])
  redis.call('UNLINK', keys[9])  -- whoever holds what was before reads the whole anew
  note_change(keys[9], {args[3]})
  return move(keys[2], args[3])
end)

local function take_place(due, old)
  redis.call('UNLINK', old)
  if redis.call('EXISTS', due) == 1 then redis.call('RENAME', due, old) end
end

-- Binds a slice of what is due in the ledger; with the last of it the new inventory takes the place of the old.
-- keys     1 sf:{site}:ledger  2 sf:{site}:inventory  3 sf:{site}:numbers  4 sf:{site}:due  5 sf:{site}:due-numbers
--          6 sf:{site}:due-terms
-- args[1]  how many acts at a time
-- Returns  how many are left; 0 also when nothing was due
redis.register_function('bind_inventory' .. SUFFIX, function(keys, args)
  begin(keys)
  if redis.call('EXISTS', keys[5]) == 0 then return 0 end
  for _, entry in ipairs(redis.call('LPOP', keys[6], args[1]) or {}) do
    local number = struct.unpack('<I4', string.sub(entry, 2, 5))
    bind(string.sub(entry, 1, 1), number, string.sub(entry, 6))
  end
  local left = redis.call('LLEN', keys[6])
  if left > 0 then return left end
  take_place(keys[4], keys[2])
  take_place(keys[5], keys[3])
  return 0
end)
