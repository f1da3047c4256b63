-- Adds counts to a hash that holds at most so many entries; one that finds it full is not counted.
--
-- KEYS[1]  hash: an entry to its count
-- ARGV[1]  seconds that the hash is kept
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
