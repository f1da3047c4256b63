-- Decides which flight gets each slot of a page, and reserves for all of them: reads all, decides, then writes.
-- keys[1]  sf:{site}:ledger
-- keys[2]  sf:{site}:view:<digest>: what this page view was given
-- keys[3]  where impressions are counted for a reader or session: reader.lua tells what it holds
-- keys[4]  early in a month: the same reader's of last month
-- args[1]  life of keys[2] in seconds
-- args[2]  packed: the part of what is held that pacing expects to be booked, in millionths (u32); by
--          what impressions are counted: 0 this page view, 1 a reader, 2 a session (u8); how many days (u8); for 1 and
--          2 the first second and the end of the hour, day, week and month (u32 each); each day {number, first second,
--          second at which it ends} (u32); how many steps (u16), each how many members (u8; 128 more where one of them
--          is to be taken, else all or none) and these {slot, place among its candidates} (u8, from 1): first the plan
--          of the page, then what to try where it is refused; then the slots: length (u16) and text of its key, minutes
--          that its impression is waited for longer than others (u8), bytes of its candidates (u16), and these: {flight, creative, campaign, advertiser (u32 each, the last two to be read at once: the
--          flight's record says what counts), which of the days u8, what pacing lets it have by now (double, of its
--          goal's unit or else its caps'; negative: all), what it pays where no rival can be served (double; negative:
--          its price), most ads of its advertiser on the page (u8, 0: any number),
--          lengths (u16) of its labels and excluded labels, how many frequency caps (u8) and rivals (u8), the two texts,
--          the caps: 4 times what is capped plus the window (u8), most impressions (u16); and the rivals, the one that
--          brings most first: its place among the candidates (u8, from 1), what it has this one pay (double)}
-- Returns  for each slot one ANSWER, of flight 0 where there is none; then, where there are any, the labels shown,
--          an RS, and the labels excluded. Labels are separated by US.
-- keys[2] holds the lengths (u16) of the two label texts, these texts, and {length u16, slot key, ANSWER, campaign and
-- advertiser u32} in the order given; the last one of a key counts.

-- What the step that is being taken has done so far, so that it can be taken back.
local trail

local function hold_unit(budget, flight, unit, day, extra)
  local claim = claim_of(flight, unit, day)
  if claim.held == 0 then return end
  local minute = hold_minute(claim.column, ledger.minute, extra)
  add_hold(budget, claim.column, ledger.minute, minute, day, claim.held)
  changed[budget.field] = budget
  trail[#trail + 1] = {budget = budget, column = claim.column, minute = minute, day = day, amount = claim.held}
end

-- Holds what the reservation may book, of each unit that the budget limits; `extra` minutes longer for its impression.
local function hold(budget, flight, day, extra)
  local by_cap, by_goal = capped(budget), budget.goal >= 0
  if by_cap then hold_unit(budget, flight, budget.cap_unit, day, extra) end
  if by_goal and not (by_cap and budget.goal_unit == budget.cap_unit) then
    hold_unit(budget, flight, budget.goal_unit, day, extra)
  end
end

-- A flat flight always holds its money, so that the price of a day is set aside once.
local function hold_flat(flight, day, extra)
  local limited = capped(flight) and flight.cap_unit == MONEY or flight.goal >= 0 and flight.goal_unit == MONEY
  if not limited then hold_unit(flight, flight, MONEY, day, extra) end
  return claim_of(flight, MONEY, day).held
end

-- Reserves on every budget that the candidate touches, and returns its answer and its flight's budget; nil if one of them has no
-- room.
local function reserve(candidate)
  local flight, day, campaign, advertiser = admitted(candidate, price_of(candidate))
  if not flight then return nil end
  local extra = candidate.slot.extra
  hold(flight, flight, day, extra)
  hold(campaign, flight, day, extra)
  hold(advertiser, flight, day, extra)
  local price = flight.model == FLAT and hold_flat(flight, day, extra) or flight.price
  page.advertisers[flight.advertiser] = (page.advertisers[flight.advertiser] or 0) + 1
  ledger.serial = ledger.serial + 1
  count_decision(candidate, flight, ledger.minute, ledger.serial)
  local rates = flight.claims
  return struct.pack(ANSWER, candidate.flight, candidate.creative, ledger.epoch, ledger.minute, ledger.serial,
    flight.model, price, rates.view_ppm, rates.click_ppm, day, extra), flight
end

-- The answer that this slot of this page view was given before, unless it may no longer be shown.
local function kept_answer(slot)
  local before = kept[slot.key]
  if not before or before.epoch ~= ledger.epoch then return nil end
  local flight = budget_of('f' .. before.flight)
  return flight and flight.active and not is_killed(before.creative) and before.answer or nil
end

-- Whether all slots of these members are free and the page admits them; those of one step do not compete.
local function is_open(members)
  for _, member in ipairs(members) do
    if member.slot.answer or not fits_page(member.candidate) then return false end
  end
  return true
end

-- What can be taken of a step: all its members, or the first one of those of which one is wanted; nil if nothing.
local function open_members(step)
  local members = members_of(step)
  if not step.one_of then return is_open(members) and members or nil end
  for _, member in ipairs(members) do
    if not member.slot.answer then return fits_page(member.candidate) and {member} or nil end
  end
  return nil
end

local function take_back(taken, serial_before)
  ledger.serial = serial_before
  for _, done in ipairs(trail) do
    release_hold(done.budget, done.column, ledger.minute, done.minute, done.day, done.amount)
  end
  for _, one in ipairs(taken) do
    page.advertisers[one.flight.advertiser] = page.advertisers[one.flight.advertiser] - 1
    uncount_decision(one.candidate, one.flight)
  end
end

local function keep(slot, answer, flight)
  slot.answer = answer
  local owners = struct.pack('<I4I4', flight.campaign, flight.advertiser)
  kept_entries = kept_entries .. struct.pack('<H', #slot.key) .. slot.key .. answer .. owners
end

-- Reserves for all these members or for none; returns for how many.
local function take(members)
  local taken, serial_before = {}, ledger.serial
  trail = {}
  for place, member in ipairs(members) do
    local answer, flight = reserve(member.candidate)
    if not answer then
      take_back(taken, serial_before)
      return 0
    end
    taken[place] = {answer = answer, flight = flight, candidate = member.candidate}
  end
  for place, member in ipairs(members) do
    show(member.candidate)
    keep(member.slot, taken[place].answer, taken[place].flight)
  end
  return #members
end

-- Decides every slot: what it was given before; then step by step until all are full.
local function decide()
  local empty = 0
  for _, slot in ipairs(slots) do
    slot.answer = kept_answer(slot)
    if not slot.answer then empty = empty + 1 end
  end
  for place, step in ipairs(steps) do
    if empty == 0 then return end
    local members = open_members(step)
    if members then
      read_ahead(place)
      empty = empty - take(members)
    end
  end
end

local function write(keys, ttl_s, serial_before)
  local words = {'head', close_ledger(ledger)}
  for field, budget in pairs(changed) do
    words[#words + 1] = field
    words[#words + 1] = string.sub(budget.raw, 1, FIXED_BYTES) .. packed_holds(budget.holds)
  end
  redis.call('HSET', LEDGER, unpack(words))
  if ledger.serial == serial_before then return end
  local lengths = struct.pack('<HH', #page.label_text, #page.excluded_text)
  redis.call('SET', keys[2], lengths .. page.label_text .. page.excluded_text .. kept_entries, 'EX', ttl_s)
end

local function reserve_page(keys, args)
  begin(keys)
  begin_page()
  read_ask(args[2])
  read_view(redis.call('GET', keys[2]))
  fetch_plan()
  if not ledger then return redis.error_reply(OLD_FORMAT) end
  read_reader(ledger, keys)
  local serial_before, answers = ledger.serial, {}
  decide()
  for place, slot in ipairs(slots) do answers[place] = slot.answer or string.rep('\0', ANSWER_BYTES) end
  write(keys, args[1], serial_before)
  write_reader(keys)
  local reply = table.concat(answers)
  if page.label_text == '' and page.excluded_text == '' then return reply end
  return reply .. page.label_text .. '\30' .. page.excluded_text
end

redis.register_function('reserve' .. SUFFIX, reserve_page)
