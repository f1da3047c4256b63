-- Keeps a feed's definition; whoever polled it by the old one loses the lease.
--
-- KEYS[1]  hash: feed id to definition
-- KEYS[2]  hash: feed id to state
-- KEYS[3]  string: token of the poller
-- ARGV[1]  the feed's id
-- ARGV[2]  the definition
-- ARGV[3]  the state to go on with
-- ARGV[4]  the definition that the state was made from; empty where there was none
--
-- Answers 1 for a new feed, 0 for a changed one, -1 where the definition is no longer ARGV[4], and nothing is written.

local old = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if old ~= ARGV[4] then
  return -1
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('DEL', KEYS[3])
return old == '' and 1 or 0
