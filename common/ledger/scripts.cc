#include "common/ledger/scripts.h"

namespace carillon::ledger {

const redis::Script& ApplyScript() {
  static const auto* script = new redis::Script{R"lua(
local p = KEYS[1]
local s = p .. 's'
local pos = redis.call('HGET', s, '@pos') or ''
if pos ~= ARGV[1] then return 'POS ' .. pos end
local n = tonumber(ARGV[10])
local at = 11
local removes = {}
local adds = {}
for i = 1, n do
  local id, entries = ARGV[at], ARGV[at + 2]
  local old = redis.call('HGET', s, 'x' .. id)
  if old then
    for index, member in string.gmatch(old, '([^\t\n]+)\t([^\n]+)\n') do
      removes[#removes + 1] = {p .. 'i:' .. index, member}
    end
  end
  for index, member in string.gmatch(entries, '([^\t\n]+)\t([^\n]+)\n') do
    adds[#adds + 1] = {p .. 'i:' .. index, member}
  end
  at = at + 3
end
local requests = tonumber(ARGV[at])
local first_request = at + 1
local pruned = {}
if ARGV[8] ~= '' then
  pruned = redis.call('ZRANGEBYSCORE', p .. 'q', '-inf', '(' .. ARGV[8], 'LIMIT', 0, 200)
end
for i = 1, #removes do redis.call('ZREM', removes[i][1], removes[i][2]) end
for i = 1, #adds do redis.call('ZADD', adds[i][1], 0, adds[i][2]) end
at = 11
for i = 1, n do
  redis.call('HSET', s, 'a' .. ARGV[at], ARGV[at + 1], 'x' .. ARGV[at], ARGV[at + 2])
  at = at + 3
end
for i = 1, #pruned do
  redis.call('HDEL', s, 'r' .. pruned[i])
  redis.call('ZREM', p .. 'q', pruned[i])
end
at = first_request
for i = 1, requests do
  redis.call('HSET', s, 'r' .. ARGV[at], ARGV[at + 1])
  redis.call('ZADD', p .. 'q', ARGV[at + 2], ARGV[at])
  at = at + 3
end
if ARGV[4] ~= '' then redis.call('HSET', s, '@inbox', ARGV[4]) end
if ARGV[5] ~= '' then redis.call('HSET', s, '@owner', ARGV[5]) end
if ARGV[9] ~= '' then redis.call('HSET', s, '@restored', ARGV[9]) end
if pos == '' then redis.call('HSET', s, '@ix', ARGV[7]) end
if ARGV[6] == '1' then redis.call('HSET', s, '@load', '1') else redis.call('HDEL', s, '@load') end
redis.call('HSET', s, '@time', ARGV[3], '@pos', ARGV[2])
return 'OK'
)lua"};
  return *script;
}

const redis::Script& DueScript() {
  static const auto* script = new redis::Script{R"lua(
local p = KEYS[1]
local pos = redis.call('HGET', p .. 's', '@pos') or ''
if pos ~= ARGV[1] then return {'POS', pos} end
local due = redis.call('ZRANGEBYLEX', p .. 'i:due', '-', '(' .. ARGV[2], 'LIMIT', 0, ARGV[3])
local rest = redis.call('ZRANGEBYLEX', p .. 'i:due', '[' .. ARGV[2], '+', 'LIMIT', 0, 1)
local out = {'OK', rest[1] or ''}
for i = 1, #due do out[#out + 1] = due[i] end
return out
)lua"};
  return *script;
}

const redis::Script& WipeScript() {
  static const auto* script = new redis::Script{R"lua(
local p = KEYS[1]
local pos = redis.call('HGET', p .. 's', '@pos') or ''
if pos ~= ARGV[1] then return 'POS ' .. pos end
for i = 2, #ARGV do redis.call('UNLINK', p .. 'i:' .. ARGV[i]) end
redis.call('UNLINK', p .. 's', p .. 'q')
return 'OK'
)lua"};
  return *script;
}

const redis::Script& ReindexScript() {
  static const auto* script = new redis::Script{R"lua(
local p = KEYS[1]
local s = p .. 's'
local pos = redis.call('HGET', s, '@pos') or ''
if pos ~= ARGV[1] then return 'POS ' .. pos end
local n = tonumber(ARGV[3])
local at = 4
local removes = {}
local adds = {}
for i = 1, n do
  local old = redis.call('HGET', s, 'x' .. ARGV[at])
  if old then
    for index, member in string.gmatch(old, '([^\t\n]+)\t([^\n]+)\n') do
      removes[#removes + 1] = {p .. 'i:' .. index, member}
    end
  end
  for index, member in string.gmatch(ARGV[at + 1], '([^\t\n]+)\t([^\n]+)\n') do
    adds[#adds + 1] = {p .. 'i:' .. index, member}
  end
  at = at + 2
end
for i = 1, #removes do redis.call('ZREM', removes[i][1], removes[i][2]) end
for i = 1, #adds do redis.call('ZADD', adds[i][1], 0, adds[i][2]) end
at = 4
for i = 1, n do
  redis.call('HSET', s, 'x' .. ARGV[at], ARGV[at + 1])
  at = at + 2
end
if ARGV[2] ~= '' then redis.call('HSET', s, '@ix', ARGV[2]) end
return 'OK'
)lua"};
  return *script;
}

const redis::Script& ListScript() {
  static const auto* script = new redis::Script{R"lua(
local p = KEYS[1]
local s = p .. 's'
local out = {redis.call('HGET', s, '@pos') or '', redis.call('HGET', s, '@load') or ''}
local members
if ARGV[3] == 'desc' then
  members = redis.call('ZREVRANGEBYLEX', p .. 'i:' .. ARGV[5], ARGV[2], ARGV[1], 'LIMIT', 0, ARGV[4])
else
  members = redis.call('ZRANGEBYLEX', p .. 'i:' .. ARGV[5], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[4])
end
for i = 1, #members do
  out[#out + 1] = members[i]
  out[#out + 1] = redis.call('HGET', s, 'a' .. string.match(members[i], '([^|]*)$')) or ''
end
return out
)lua"};
  return *script;
}

}  // namespace carillon::ledger
