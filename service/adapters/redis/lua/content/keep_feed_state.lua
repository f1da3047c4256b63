-- Keeps what a look at a feed brought, if the poller still holds the lease and the feed is there.
--
-- KEYS[1]  hash: feed id to definition
-- KEYS[2]  hash: feed id to state
-- KEYS[3]  string: token of the poller
-- KEYS[4]  hash: article id to digest
-- ARGV[1]  the feed's id
-- ARGV[2]  the poller's token
-- ARGV[3]  the state
-- ARGV[4]  how many article ids to forget; these follow, and then pairs of article id and digest to add
--
-- Answers 1, or 0 where nothing was written.

if redis.call('GET', KEYS[3]) ~= ARGV[2] or redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
local forgotten = tonumber(ARGV[4])
for place = 5, 4 + forgotten do
  redis.call('HDEL', KEYS[4], ARGV[place])
end
for place = 5 + forgotten, #ARGV, 2 do
  redis.call('HSET', KEYS[4], ARGV[place], ARGV[place + 1])
end
return 1
