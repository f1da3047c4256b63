-- Decides what the next file of an export holds, or moves the watermark behind a file that is written.
-- KEYS     1 the site's stream  2 the hash of its export
-- ARGV     1 group that stands for the export  2 the watermark as the exporter knows it  3 the file's last id
--          4 events of the file that is written, or empty: it is only begun
-- Returns  1; 0, and nothing is done, where another exporter has moved on meanwhile

local kept = redis.call('HMGET', KEYS[2], 'watermark', 'until')
if (kept[1] or '0-0') ~= ARGV[2] then return 0 end
if ARGV[4] == '' then
  if kept[2] then return 0 end
  redis.call('HSET', KEYS[2], 'until', ARGV[3])
  return 1
end
if kept[2] ~= ARGV[3] then return 0 end
redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], 'watermark', ARGV[3])
redis.call('HINCRBY', KEYS[2], 'events', ARGV[4])
redis.call('HDEL', KEYS[2], 'until', 'fault', 'fault_ms')
return 1
