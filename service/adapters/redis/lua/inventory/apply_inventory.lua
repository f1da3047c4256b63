-- Writes a few changes of a site's inventory, all or none, and the terms of changed budgets in the ledger.
-- keys     1 sf:{site}:ledger  2 sf:{site}:versions  3 sf:{site}:inventory  4 sf:{site}:numbers
--          5 sf:{site}:due-numbers  6 sf:{site}:inventory-changes
-- args[1]  the version that the changes were made against
-- args[2]  how many placements every site has from the start (their numbers are taken)
-- args[3]  the mark of the new inventory
-- args[4...] the seven words of each change (inventory_changes.lua)
-- Returns  the new version, or -1 when the inventory is no longer at args[1]

redis.register_function('apply_inventory' .. SUFFIX, function(keys, args)
  begin(keys)
  records_key, numbers_key, fixed_placements, act = keys[3], keys[4], tonumber(args[2]), bind
  if has_moved(keys[2], args[1], keys[5]) then return -1 end
  if not has_ledger() then return redis.error_reply(OLD_FORMAT) end
  local names = {args[3]}
  for place = 4, #args, 7 do
    change(unpack(args, place, place + 6))
    names[#names + 1] = args[place] .. ':' .. args[place + 1]
  end
  note_change(keys[6], names)
  return move(keys[2], args[3])
end)
