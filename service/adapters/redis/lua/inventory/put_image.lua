-- Keeps a creative's image, unless the site has as many as it may have.
-- KEYS[1]  sf:{site}:images, image id to what is known of it   KEYS[2]  sf:{site}:image:<id>, its bytes
-- ARGV[1]  the image's id   ARGV[2]  what is known of it, JSON   ARGV[3]  its bytes   ARGV[4]  most images of the site
-- Returns  1 for a new image, 0 for a known one, -1 when there are as many as there may be

local known = redis.call('HEXISTS', KEYS[1], ARGV[1])
if known == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return -1 end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1 - known
