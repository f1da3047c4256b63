-- What reservations hold of a budget, minute by minute: the second part of the ledger's library.
--
-- After a record's terms and sums stand its columns. Each begins with COLUMN: its number, how many entries it has, their
-- sum, and bounds of their days; then come the entries by minute: ENTRY is minute, day and amount. Columns are money
-- held for an impression, a view, a click (0 to 2), and impressions, views, clicks (3 to 5). An entry lapses when its
-- column's window is over; one that waits longer for its impression stands under a minute so much later.

local COLUMN = '<BHdI4I4'
local ENTRY, ENTRY_BYTES = '<I4I4d', 16
local COLUMN_WINDOW = {[0] = 2, 5, 60, 2, 5, 60}

local function column_of(unit, event)
  return unit == MONEY and event or unit + 2
end

-- Under which minute of a column a reservation of this minute stands, that waits `extra` minutes longer than others for
-- its impression.
local function hold_minute(column, minute, extra)
  return COLUMN_WINDOW[column] == COLUMN_WINDOW[0] and minute + extra or minute
end

-- A budget's columns, without what has lapsed by this minute.
local function holds_of(budget, minute)
  if budget.holds then return budget.holds end
  local holds, raw, at = {}, budget.raw, FIXED_BYTES + 1
  while at <= #raw do
    local number, count, sum, low, high
    number, count, sum, low, high, at = struct.unpack(COLUMN, raw, at)
    local stop, first = at + count * ENTRY_BYTES, minute - COLUMN_WINDOW[number]
    while at < stop do
      local of_minute, _, amount = struct.unpack(ENTRY, raw, at)
      if of_minute >= first then break end
      sum, at = sum - amount, at + ENTRY_BYTES
    end
    if at < stop then
      holds[number] = {sum = sum, low = low, high = high, entries = string.sub(raw, at, stop - 1)}
    end
    at = stop
  end
  budget.holds = holds
  return holds
end

-- What a column holds for one day; in the hour in which two days overlap, entry by entry.
local function sum_of_day(column, day)
  if column.low == column.high then return column.low == day and column.sum or 0 end
  local sum, low, high = 0, math.huge, 0
  for at = 1, #column.entries, ENTRY_BYTES do
    local _, of_day, amount = struct.unpack(ENTRY, column.entries, at)
    low, high = math.min(low, of_day), math.max(high, of_day)
    if of_day == day then sum = sum + amount end
  end
  column.low, column.high = low, high
  return sum
end

-- What is held of a unit in all, or for one day.
local function held_of(budget, unit, minute, day)
  local holds, sum = holds_of(budget, minute), 0
  local first, last = unit + 2, unit + 2
  if unit == MONEY then first, last = 0, 2 end
  for number = first, last do
    local column = holds[number]
    if column then sum = sum + (day and sum_of_day(column, day) or column.sum) end
  end
  return sum
end

-- Where the entry of a minute and day stands in a column, and its amount; where it would stand, if there is none.
local function entry_of(column, minute, day)
  for at = #column.entries - ENTRY_BYTES + 1, 1, -ENTRY_BYTES do
    local of_minute, of_day, amount = struct.unpack(ENTRY, column.entries, at)
    if of_minute < minute then return at + ENTRY_BYTES end
    if of_minute == minute and of_day == day then return at, amount end
  end
  return 1, nil
end

-- Puts an entry in the place of what stands from `at` up to `stop`.
local function put_entry(column, at, stop, entry, change)
  column.sum = column.sum + change
  column.entries = string.sub(column.entries, 1, at - 1) .. entry .. string.sub(column.entries, stop)
end

-- Adds an amount to what a minute of a column holds.
local function add_hold(budget, number, now_minute, minute, day, amount)
  local holds = holds_of(budget, now_minute)
  local column = holds[number]
  if not column then
    holds[number] = {sum = amount, low = day, high = day, entries = struct.pack(ENTRY, minute, day, amount)}
    return
  end
  local at, before = entry_of(column, minute, day)
  local stop = before and at + ENTRY_BYTES or at
  put_entry(column, at, stop, struct.pack(ENTRY, minute, day, (before or 0) + amount), amount)
  column.low, column.high = math.min(column.low, day), math.max(column.high, day)
end

-- Gives an amount back to a minute of a column, never more than that minute still holds for the day.
local function release_hold(budget, number, now_minute, minute, day, amount)
  if not budget.holds and #budget.raw == FIXED_BYTES then return end
  local column = holds_of(budget, now_minute)[number]
  if not column then return end
  local at, before = entry_of(column, minute, day)
  if not before then return end
  local released = math.min(before, amount)
  put_entry(column, at, at + ENTRY_BYTES, struct.pack(ENTRY, minute, day, before - released), -released)
end

-- The holds as they stand at the end of a record.
local function packed_holds(holds)
  local packed = ''
  for number, column in pairs(holds) do
    local count = #column.entries / ENTRY_BYTES
    packed = packed .. struct.pack(COLUMN, number, count, column.sum, column.low, column.high) .. column.entries
  end
  return packed
end

-- What is booked of a unit: for life, and on a day; nil for a day that the record no longer knows.
local function booked_of(budget, unit, day)
  local life, latest_sum, before_sum = struct.unpack('<ddd', budget.raw, UNITS_AT + unit * 24)
  local latest, before = struct.unpack('<I4I4', budget.raw, DAYS_AT)
  if day == latest then return life, latest_sum end
  if day > latest then return life, 0 end
  return life, day == before and before_sum or nil
end
