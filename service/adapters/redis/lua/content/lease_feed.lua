-- Gives a feed to one poller for some time, or renews what it has.
--
-- KEYS[1]  string: token of the poller
-- ARGV[1]  the token that asks
-- ARGV[2]  seconds
-- ARGV[3]  1 to renew a lease that is held, 0 to take one that nobody else holds
--
-- Answers 1, or 0 where another has it, or nobody and it was to be renewed.

local holder = redis.call('GET', KEYS[1])
if holder ~= ARGV[1] and (holder or ARGV[3] == '1') then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
