-- Gives an exporter its turn at a site for some time, and makes the stream keep what no file has yet.
-- KEYS     1 the site's stream  2 the hash of its export
-- ARGV     1 group that stands for the export  2 who asks  3 milliseconds of the turn
-- Returns  {watermark, milliseconds since 1970, last id of the file that was begun}; nothing where another has its
--          turn, or there is no stream

if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[2], 'holder', 'held_until', 'watermark', 'until')
if kept[1] and kept[1] ~= ARGV[2] and tonumber(kept[2]) > now then return false end

local watermark, known = kept[3] or '0-0', false
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  for place = 1, #group, 2 do known = known or (group[place] == 'name' and group[place + 1] == ARGV[1]) end
end
if not known then redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], watermark) end
redis.call('HSET', KEYS[2], 'holder', ARGV[2], 'held_until', string.format('%.0f', now + ARGV[3]))
return {watermark, string.format('%.0f', now), kept[4]}
