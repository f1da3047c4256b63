-- Forgets an article's digest, so that it is gone, and notes the removal as a change.
--
-- KEYS[1]  hash: article id to digest and writing of its present body
-- KEYS[2]  sorted set: article id by the version of its last change
-- KEYS[3]  hash: the site's versions
-- ARGV[1]  the article's id
--
-- Answers digest and writing of the body that was the present one; empty where there was none, and nothing is written.

local old = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if old ~= '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[2], redis.call('HINCRBY', KEYS[3], 'articles', 1), ARGV[1])
end
return old
