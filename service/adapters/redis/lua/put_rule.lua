-- Keeps an editorial rule and moves the version of the site's rules.
--
-- KEYS[1]  hash: rule id to record
-- KEYS[2]  hash: the site's versions
-- ARGV[1]  the rule's id
-- ARGV[2]  its record
-- ARGV[3]  rules that a site may have
-- ARGV[4]  1 where the record must still be ARGV[5], empty for none
--
-- Answers 1 for a new rule, 0 for a changed one; -1 where there is no room for a new one, -2 where another record is
-- there, and nothing is written.

if ARGV[4] == '1' and (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[5] then
  return -2
end
local known = redis.call('HEXISTS', KEYS[1], ARGV[1])
if known == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return -1
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[2], 'rules', 1)
return 1 - known
