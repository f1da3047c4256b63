-- Adds offers and clicks of articles to an hour, which holds at most so many articles of each.
--
-- KEYS[1]  hash: `o` or `c` and the hash of an article's id, to a count
-- ARGV[1]  seconds that the hour is kept
-- ARGV[2]  entries that it may have
-- ARGV[3...]  in turn: an entry, and what is added to it

local room = tonumber(ARGV[2]) - redis.call('HLEN', KEYS[1])
for at = 3, #ARGV, 2 do
  if room > 0 or redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1 then
    if redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) == tonumber(ARGV[at + 1]) then
      room = room - 1
    end
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
