-- Makes bodies that were written before the articles' present ones, and notes each change under a version of its own.
--
-- KEYS[1]  hash: article id to digest and writing of its present body
-- KEYS[2]  sorted set: article id by the version of its last change
-- KEYS[3]  hash: the site's versions
-- ARGV     three for each article: its id; digest and writing of the new body; digest and writing of the body that must
--          still be the present one (empty: any, or none)
--
-- Answers, two for each article: 'loaded', 'updated', 'unchanged' or 'conflict'; digest and writing of the body that
-- was the present one (empty: none). Nothing is written for an article that is unchanged or in conflict.

local DIGEST_BYTES = 16
local answer = {}

for i = 1, #ARGV, 3 do
  local id, new, expected = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local old = redis.call('HGET', KEYS[1], id) or ''
  local outcome
  if expected ~= '' and expected ~= old then
    outcome = 'conflict'
  elseif string.sub(old, 1, DIGEST_BYTES) == string.sub(new, 1, DIGEST_BYTES) then
    outcome = 'unchanged'
  else
    outcome = old == '' and 'loaded' or 'updated'
    redis.call('HSET', KEYS[1], id, new)
    redis.call('ZADD', KEYS[2], redis.call('HINCRBY', KEYS[3], 'articles', 1), id)
  end
  answer[#answer + 1] = outcome
  answer[#answer + 1] = old
end

return answer
