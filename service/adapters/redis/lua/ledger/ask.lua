-- What a page asks of reserve.lua, and what it already shows; the first part of that function.
--
-- Both are packed as reserve.lua tells, and read only as far as they are wanted.

local CANDIDATE = '<I4I4I4I4BddBHHBB'
local RIVAL, RIVAL_BYTES = '<Bd', 9
local ANSWER, ANSWER_BYTES = '<I4I4I8I4I4BI8I4I4I4B', 46
local ONE_OF = 128
local LABEL = '[^\31]+'

-- What the call that runs knows; begin_page sets all of it anew.
local ledger, kept_ratio, days, steps, slots, budgets, changed, killed, page, kept, kept_entries

local function begin_page()
  ledger, days, steps, slots, budgets, changed, killed, kept, kept_entries = nil, {}, {}, {}, {}, {}, {}, {}, ''
  page = {
    flights = {}, creatives = {}, advertisers = {}, labels = {}, excluded = {}, label_text = '', excluded_text = ''
  }
end

local function read_steps(ask, at)
  local count, size
  count, at = struct.unpack('<H', ask, at)
  for place = 1, count do
    size, at = struct.unpack('<B', ask, at)
    local one_of = size > ONE_OF
    if one_of then size = size - ONE_OF end
    steps[place] = {ask = ask, at = at, size = size, one_of = one_of}
    at = at + 2 * size
  end
  return at
end

-- Reads by what the reader's impressions are counted, with the windows that are in force.
local function read_counting(ask, mode, at)
  local windows = {}
  for place = 0, mode == BY_PAGE_VIEW and -1 or 3 do
    local starts_at, ends_at
    starts_at, ends_at, at = struct.unpack('<I4I4', ask, at)
    windows[place] = {starts_at = starts_at, ends_at = ends_at}
  end
  begin_reader(mode, windows)
  return at
end

local function read_ask(ask)
  local kept_ppm, mode, count, at = struct.unpack('<I4BB', ask)
  at = read_counting(ask, mode, at)
  kept_ratio = kept_ppm / FULL
  for place = 1, count do
    local number, starts_at, ends_at
    number, starts_at, ends_at, at = struct.unpack('<I4I4I4', ask, at)
    days[place] = {number, starts_at, ends_at}
  end
  at = read_steps(ask, at)
  while at <= #ask do
    local key, extra, size
    key, extra, size, at = struct.unpack('<Hc0BH', ask, at)
    slots[#slots + 1] = {key = key, extra = extra, ask = ask, at = at, stop = at + size, candidates = {}}
    at = at + size
  end
end

-- Reads a slot's next candidate.
local function read_candidate(slot)
  local flight, creative, campaign, advertiser, day, due, price, limit, own, other, caps, rivals, at =
    struct.unpack(CANDIDATE, slot.ask, slot.at)
  local candidate = {
    flight = flight, creative = creative, campaign = campaign, advertiser = advertiser, day = day, due = due,
    price = price, limit = limit, slot = slot, rivals = rivals,
    labels = string.sub(slot.ask, at, at + own - 1), excludes = string.sub(slot.ask, at + own, at + own + other - 1),
  }
  at = at + own + other
  candidate.caps = string.sub(slot.ask, at, at + caps * CAP_BYTES - 1)
  candidate.rivals_at = at + caps * CAP_BYTES
  slot.at, slot.candidates[#slot.candidates + 1] = candidate.rivals_at + rivals * RIVAL_BYTES, candidate
end

-- A slot's candidate at this place, read when it is first wanted.
local function candidate_at(slot, place)
  while #slot.candidates < place do read_candidate(slot) end
  return slot.candidates[place]
end

-- The candidate that may set the price of this one, the most expensive first, and that price; nil past the last.
local function rival_at(candidate, number)
  if number > candidate.rivals then return nil end
  local place, price = struct.unpack(RIVAL, candidate.slot.ask, candidate.rivals_at + (number - 1) * RIVAL_BYTES)
  return candidate_at(candidate.slot, place), price
end

-- Who stands where if the step is taken, or may stand: {slot, candidate} for each member.
local function members_of(step)
  if not step.members then
    step.members = {}
    for number = 1, step.size do
      local slot, place = struct.unpack('<BB', step.ask, step.at + 2 * (number - 1))
      step.members[number] = {slot = slots[slot], candidate = candidate_at(slots[slot], place)}
    end
  end
  return step.members
end

local function add_labels(set, text, added)
  if added == '' then return text end
  for label in string.gmatch(added, LABEL) do set[label] = true end
  return text == '' and added or text .. '\31' .. added
end

local function any(text, set)
  if text == '' then return false end
  for label in string.gmatch(text, LABEL) do if set[label] then return true end end
  return false
end

local function show(candidate)
  page.flights[candidate.flight], page.creatives[candidate.creative] = true, true
  page.label_text = add_labels(page.labels, page.label_text, candidate.labels)
  page.excluded_text = add_labels(page.excluded, page.excluded_text, candidate.excludes)
end

local function fits_page(candidate)
  return not page.flights[candidate.flight] and not page.creatives[candidate.creative]
    and not any(candidate.labels, page.excluded) and not any(candidate.excludes, page.labels)
end

local function read_view(view)
  if not view then return end
  local labels, excluded, at = struct.unpack('<HH', view)
  page.label_text = add_labels(page.labels, '', string.sub(view, at, at + labels - 1))
  page.excluded_text = add_labels(page.excluded, '', string.sub(view, at + labels, at + labels + excluded - 1))
  at = at + labels + excluded
  kept_entries = string.sub(view, at)
  while at <= #view do
    local key
    key, at = struct.unpack('<Hc0', view, at)
    local flight, creative, epoch = struct.unpack('<I4I4I8', view, at)
    local answer = string.sub(view, at, at + ANSWER_BYTES - 1)
    kept[key] = {flight = flight, creative = creative, campaign = 0, epoch = epoch, answer = answer}
    local campaign, advertiser
    page.flights[flight], page.creatives[creative] = true, true
    campaign, advertiser, at = struct.unpack('<I4I4', view, at + ANSWER_BYTES)
    count_given(creative, flight, campaign, advertiser)
    page.advertisers[advertiser] = (page.advertisers[advertiser] or 0) + 1
  end
end
