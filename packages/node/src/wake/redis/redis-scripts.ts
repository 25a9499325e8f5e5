/** What must happen at once in Redis. Written for Redis 7 and Valkey; each touches one key. */
export const SCRIPTS = {
  /** at, own value, seconds: says that the device is still here. Returns who has it; null: nobody knew. */
  sottoKeep: {
    numberOfKeys: 1,
    lua: `
      local held = redis.call('GET', KEYS[1])
      if not held then
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
      elseif held == ARGV[1] then
        redis.call('EXPIRE', KEYS[1], ARGV[2])
      end
      return held`,
  },
  /** at, own value: the device left, if nobody else has it. */
  sottoDrop: {
    numberOfKeys: 1,
    lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
  },
  /** rate, burst, per second: 1 when there was one to take. Gone when it would be full again. */
  sottoTake: {
    numberOfKeys: 1,
    lua: `
      local burst, perSecond = tonumber(ARGV[1]), tonumber(ARGV[2])
      local time = redis.call('TIME')
      local now = time[1] + time[2] / 1000000
      local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
      local tokens = burst
      if kept[1] then tokens = math.min(burst, kept[1] + math.max(0, now - kept[2]) * perSecond) end
      local taken = 0
      if tokens >= 1 then taken = 1; tokens = tokens - 1 end
      redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
      redis.call('EXPIRE', KEYS[1], math.min(86400, math.ceil((burst - tokens) / perSecond) + 1))
      return taken`,
  },
} as const;
