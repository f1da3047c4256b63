-- How often a reader was shown what has a frequency cap; a part of reserve.lua's function.
--
-- Counts are of a reader, of a session, or, where neither may be named, of the page view alone, which then holds them.
-- The value of a reader or session is packed: READER_FORM (u8), how many decisions wait for their impressions (u16),
-- these, the oldest first (WAITING: minute, serial, the creative, flight, campaign and advertiser that they count for, 0
-- for what has no cap, and the minutes for which they wait), and then the counts (COUNT: 4 times what is capped plus the window, its number, the
-- window's first second, how many). What is capped is 0 a creative, 1 a flight, 2 a campaign, 3 an advertiser. Windows
-- are 0 hour, 1 day, 2 week, 3 month.

local READER_FORM, FORM_BEFORE = 2, 1
local WAITING, WAITING_BYTES = '<I4I4I4I4I4I4B', 25
-- In the form before all waited as long.
local WAITING_BEFORE, WAITING_BYTES_BEFORE = '<I4I4I4I4I4I4', 24
local COUNT, COUNT_BYTES = '<BI4I4H', 11
local CAP, CAP_BYTES = '<BH', 3
-- A reader's value is never larger than some 25 kB: what cannot be counted any more is not shown.
local MOST_WAITING, MOST_COUNTS = 100, 2000
-- The minutes whose marks a call looks up at most; others wait for the next call, and count until then.
local SETTLED_MINUTES = 2
local BY_PAGE_VIEW, BY_READER, SESSION_TTL_S = 0, 1, 1800

-- Whose impressions the call that runs counts; begin_reader sets all of it anew.
local reader

local function begin_reader(mode, windows)
  reader = {mode = mode, windows = windows, counts = {}, size = 0, waiting = {}, changed = false, now = 0}
end

local function numbers_of(candidate, flight)
  return {[0] = candidate.creative, candidate.flight, flight.campaign, flight.advertiser}
end

-- Within a page view all windows are one.
local function count_key(code, number)
  if reader.mode == BY_PAGE_VIEW then code = code - math.fmod(code, 4) end
  return number * 16 + code
end

-- When the window began that is in force by the ledger's clock; the next one begins where the caller's ends.
local function window_start(code)
  if reader.mode == BY_PAGE_VIEW then return 0 end
  local window = reader.windows[math.fmod(code, 4)]
  return reader.now >= window.ends_at and window.ends_at or window.starts_at
end

local function put_count(key, start, shown)
  reader.counts[key] = {start = start, shown = shown}
  reader.size = reader.size + 1
end

local function add_one(code, number)
  local key = count_key(code, number)
  local count = reader.counts[key]
  if count then count.shown = count.shown + 1 else put_count(key, window_start(code), 1) end
end

-- Takes one back of all windows of these things that had begun by this second.
local function take_one_back(numbers, second)
  for what = 0, 3 do
    for window = 0, numbers[what] > 0 and 3 or -1 do
      local count = reader.counts[count_key(what * 4 + window, numbers[what])]
      if count and second >= count.start then count.shown = math.max(0, count.shown - 1) end
    end
  end
end

-- Of a page view: counts what a slot of it was given.
local function count_given(creative, flight, campaign, advertiser)
  if reader.mode ~= BY_PAGE_VIEW then return end
  local numbers = {[0] = creative, flight, campaign, advertiser}
  for what = 0, 3 do add_one(what * 4, numbers[what]) end
end

local function unpack_reader(raw)
  local form, waiting, at = struct.unpack('<BH', raw)
  if form ~= READER_FORM and form ~= FORM_BEFORE then return end
  local is_now = form == READER_FORM
  for place = 1, waiting do
    local minute, serial, creative, flight, campaign, advertiser, window =
      struct.unpack(is_now and WAITING or WAITING_BEFORE, raw, at)
    reader.waiting[place] = {
      minute = minute, serial = serial, numbers = {[0] = creative, flight, campaign, advertiser},
      window = is_now and window or WINDOW[IMPRESSION]
    }
    at = at + (is_now and WAITING_BYTES or WAITING_BYTES_BEFORE)
  end
  while at <= #raw do
    local code, number, start, shown = struct.unpack(COUNT, raw, at)
    if start >= window_start(code) then put_count(count_key(code, number), start, shown) end
    at = at + COUNT_BYTES
  end
end

-- Gives back those decisions of one minute whose impressions never came.
local function settle_minute(ledger, minute, decisions)
  if minute <= ledger.swept then return end
  local asked = {}
  for _, one in ipairs(decisions) do
    asked[#asked + 1], asked[#asked + 2], asked[#asked + 3] = 'GET', 'u1', one.serial * MARKS_PER_SERIAL + IMPRESSION
  end
  local marks = redis.call('BITFIELD_RO', marks_key(ledger, minute), unpack(asked))
  for place, one in ipairs(decisions) do
    if marks[place] == 0 then take_one_back(one.numbers, minute * 60) end
  end
end

-- The decisions whose impressions are late, those of a minute together, and all others.
local function late_decisions(ledger)
  local late, others = {}, {}
  for _, one in ipairs(reader.waiting) do
    local last = late[#late]
    if ledger.minute <= one.minute + one.window then
      others[#others + 1] = one
    elseif last and last.minute == one.minute then
      last.decisions[#last.decisions + 1] = one
    elseif #late < SETTLED_MINUTES then
      late[#late + 1] = {minute = one.minute, decisions = {one}}
    else
      others[#others + 1] = one
    end
  end
  return late, others
end

-- Settles decisions whose impressions are late: those that came stay counted, the others are given back.
local function settle(ledger)
  local late, others = late_decisions(ledger)
  if #late == 0 then return end
  for _, one in ipairs(late) do settle_minute(ledger, one.minute, one.decisions) end
  reader.changed, reader.waiting = true, others
end

-- Reads what this reader or session was shown; early in a month also what it was last month, under another name.
local function read_reader(ledger, keys)
  reader.now = ledger.now
  if reader.mode == BY_PAGE_VIEW then return end
  local raw = keys[4] and redis.call('MGET', keys[3], keys[4]) or {redis.call('GET', keys[3])}
  if raw[1] or raw[2] then unpack_reader(raw[1] or raw[2]) end
  settle(ledger)
end

-- The caps of a candidate: {code of what and window, most}.
local function caps_of(candidate)
  if type(candidate.caps) == 'string' then
    local caps = {}
    for at = 1, #candidate.caps, CAP_BYTES do
      local code, most = struct.unpack(CAP, candidate.caps, at)
      caps[#caps + 1] = {code = code, what = math.floor(code / 4), most = most}
    end
    candidate.caps = caps
  end
  return candidate.caps
end

-- Whether the reader may be shown this once more.
local function admits_reader(candidate, flight)
  if candidate.caps == '' then return true end
  local numbers = numbers_of(candidate, flight)
  for _, cap in ipairs(caps_of(candidate)) do
    local count = reader.counts[count_key(cap.code, numbers[cap.what])]
    if count and count.shown >= cap.most or not count and reader.size >= MOST_COUNTS then return false end
  end
  return true
end

-- What is counted of a candidate: within a page view all, for later calls may ask with caps; else what has caps.
local function codes_of(candidate)
  if reader.mode == BY_PAGE_VIEW then return {0, 4, 8, 12} end
  local codes = {}
  for place, cap in ipairs(caps_of(candidate)) do codes[place] = cap.code end
  return codes
end

-- Counts a decision; it waits for its impression.
local function count_decision(candidate, flight, minute, serial)
  if candidate.caps == '' then return end
  local numbers, capped = numbers_of(candidate, flight), {[0] = 0, 0, 0, 0}
  for _, code in ipairs(codes_of(candidate)) do
    local what = math.floor(code / 4)
    capped[what] = numbers[what]
    add_one(code, numbers[what])
  end
  if reader.mode == BY_PAGE_VIEW then return end
  if #reader.waiting >= MOST_WAITING then table.remove(reader.waiting, 1) end
  local window = WINDOW[IMPRESSION] + candidate.slot.extra
  reader.waiting[#reader.waiting + 1] = {minute = minute, serial = serial, numbers = capped, window = window}
  reader.changed = true
end

-- Takes back what count_decision has just counted.
local function uncount_decision(candidate, flight)
  if candidate.caps == '' then return end
  local numbers = numbers_of(candidate, flight)
  if reader.mode ~= BY_PAGE_VIEW then table.remove(reader.waiting) end
  for _, code in ipairs(codes_of(candidate)) do
    local count = reader.counts[count_key(code, numbers[math.floor(code / 4)])]
    count.shown = count.shown - 1
  end
end

local function packed_reader()
  local parts = {struct.pack('<BH', READER_FORM, #reader.waiting)}
  for _, one in ipairs(reader.waiting) do
    parts[#parts + 1] = struct.pack(WAITING, one.minute, one.serial, one.numbers[0], one.numbers[1], one.numbers[2],
      one.numbers[3], one.window)
  end
  for key, count in pairs(reader.counts) do
    local code = math.fmod(key, 16)
    if count.shown > 0 then parts[#parts + 1] = struct.pack(COUNT, code, (key - code) / 16, count.start, count.shown) end
  end
  return table.concat(parts)
end

-- Until the last window ends that something was counted in; a session's value for half an hour.
local function reader_ttl_s()
  if reader.mode ~= BY_READER then return SESSION_TTL_S end
  local ttl_s = 60
  for key in pairs(reader.counts) do
    local window = reader.windows[math.fmod(key, 4)]
    local ends_at = window.ends_at
    if reader.now >= ends_at then ends_at = ends_at + ends_at - window.starts_at end
    ttl_s = math.max(ttl_s, ends_at - reader.now)
  end
  return math.ceil(ttl_s)
end

local function write_reader(keys)
  if reader.changed then redis.call('SET', keys[3], packed_reader(), 'EX', reader_ttl_s()) end
end
