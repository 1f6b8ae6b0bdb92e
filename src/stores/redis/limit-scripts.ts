import { createHash } from 'node:crypto';
import type { RedisScript } from './redis-connection.js';

/*
 * The buckets of a quota are one hash, so that a step touches one key. For each kind of limit:
 *
 *   <kind>:used   what is missing to a full bucket; above the burst where calls used more than was there
 *   <kind>:rate   how much comes back in a millisecond
 *   <kind>:at     when `used` was true, in milliseconds by the server's clock
 *
 * and `closed-until`, by the same clock. Nothing refills by itself: each step first takes off what came back since `at`. A
 * key expires when its buckets have been full for a while, and a bucket that is not there is full.
 */
const COMMON = `
local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000

local function text(number)
  return string.format('%.17g', number)
end

-- What is missing in a bucket now, and its rate. The clock of a server may be set back: then nothing came back.
local function level(kind, rateOfNew)
  local kept = redis.call('HMGET', key, kind .. ':used', kind .. ':rate', kind .. ':at')
  local used, rate, at = tonumber(kept[1] or 0), tonumber(kept[2] or rateOfNew), tonumber(kept[3] or now)
  return math.max(0, used - math.max(0, now - at) * rate), rate
end

local function keep(kind, used, rate)
  redis.call('HSET', key, kind .. ':used', text(used), kind .. ':rate', text(rate), kind .. ':at', text(now))
end

-- Keeps the key until its buckets are full, and a minute more for calls that are still to be corrected.
local function expireAfter(ms)
  local wanted = math.ceil(ms) + 60000
  if redis.call('PTTL', key) < wanted then redis.call('PEXPIRE', key, wanted) end
end
`;

/** ARGV: kind, rate, burst, amount, and so on for each bucket. Gives the milliseconds to wait; 0 when taken. */
export const TAKE = script(`
local wait = math.max(0, tonumber(redis.call('HGET', key, 'closed-until') or 0) - now)
local buckets = {}
for i = 1, #ARGV, 4 do
  local kind, rate, burst, amount = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local used = level(kind, rate)
  -- More than the bucket holds is given out when it is full; the next ones wait for it.
  local missing = used + math.min(amount, burst) - burst
  if missing > 1e-6 then wait = math.max(wait, missing / rate) end
  buckets[#buckets + 1] = { kind = kind, used = used + amount, rate = rate }
end
if wait > 0 then return math.ceil(wait) end
local refill = 0
for _, bucket in ipairs(buckets) do
  keep(bucket.kind, bucket.used, bucket.rate)
  refill = math.max(refill, bucket.used / bucket.rate)
end
expireAfter(refill)
return 0
`);

/** ARGV: kind, amount, and so on. */
export const CORRECT = script(`
local refill = 0
for i = 1, #ARGV, 2 do
  local kind, amount = ARGV[i], tonumber(ARGV[i + 1])
  local used, rate = level(kind, 0)
  used = math.max(0, used + amount)
  redis.call('HSET', key, kind .. ':used', text(used), kind .. ':at', text(now))
  if rate > 0 then refill = math.max(refill, used / rate) end
end
expireAfter(refill)
return 0
`);

/** ARGV: milliseconds. */
export const CLOSE = script(`
local opensAt = math.max(tonumber(redis.call('HGET', key, 'closed-until') or 0), now + tonumber(ARGV[1]))
redis.call('HSET', key, 'closed-until', text(opensAt))
expireAfter(opensAt - now)
return 0
`);

function script(body: string): RedisScript {
  const text = COMMON + body;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
