-- Takes an export's watermark off the stream, unless an exporter was there lately.
-- KEYS     1 the site's stream  2 the hash of its export
-- ARGV     1 group that stands for the export  2 milliseconds after its last turn in which an exporter may come back
-- Returns  1 where a watermark was taken away
-- The watermark stays in the hash, behind a file that was begun: an export that begins again writes no event twice.

local kept = redis.call('HMGET', KEYS[2], 'held_until', 'until')
if not kept[1] then return 0 end
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) < kept[1] + ARGV[2] then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1]) end
if kept[2] then redis.call('HSET', KEYS[2], 'watermark', kept[2]) end
redis.call('HDEL', KEYS[2], 'holder', 'held_until', 'until', 'fault', 'fault_ms')
return 1
