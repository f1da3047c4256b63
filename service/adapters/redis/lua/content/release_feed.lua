-- Ends a poller's lease of a feed, if it is still its own.
--
-- KEYS[1]  string: token of the poller
-- ARGV[1]  the token that gives it back
--
-- Answers 1, or 0 where another has it or nobody.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
