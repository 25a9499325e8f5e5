import { ENVELOPE_SIZES, MAX_BODY } from '@sotto/protocol/wire';
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../limits.ts';
import { isNetwork } from '../server/trusted-proxies.ts';
import { isDatabaseUrl } from '../store/open-store.ts';
import { parseRedisUrl, REDIS_URL } from '../wake/redis/redis-url.ts';

/** One key of the configuration: how it is called in each source, and what it may be. */
export interface Setting<Value> {
  readonly flag: string;
  readonly env: string;
  readonly schema: z.ZodType<Value>;
  /** For the error: what may be given. */
  readonly allowed: string;
}

/** Of one machine; more machines need a store that they share. */
export const MAX_WORKERS = 64;

const text = z.string().min(1);
const bool = z.union([z.boolean(), z.stringbool()]);

const listen = z.string().transform((value, context) => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]*)):(\d{1,5})$/.exec(value) ?? /^()()(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    context.addIssue('not an address');
    return z.NEVER;
  }
  return { host: match[1] || match[2] || '127.0.0.1', port };
});

/** http and ws mean the same here. */
const publicUrl = z
  .string()
  .regex(/^(?:ws|http)s?:\/\/[^\s/?#@]+(?:\/[\w.~%/-]*)?$/i)
  .transform((value) => value.replace(/^http/i, 'ws').replace(/\/$/, ''));

const member = z.union([z.string().regex(/^\s*sotto-join:/i), publicUrl]);
const join = z.union([
  z.array(member).min(1),
  z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((part) => part !== ''))
    .pipe(z.array(member).min(1)),
]);

const network = z.string().refine(isNetwork);
const networks = z.union([
  z.array(network),
  z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((part) => part !== ''))
    .pipe(z.array(network).min(1)),
]);

const DATABASE = 'postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE';
const database = z.string().refine(isDatabaseUrl);
const redis = z.string().refine((value) => parseRedisUrl(value) !== null);

const sizes = z.union([
  z.array(z.int().min(1).max(MAX_BODY)).min(1),
  z
    .string()
    .regex(/^\d+(,\d+)*$/)
    .transform((value) => value.split(',').map(Number))
    .refine((values) => values.every((size) => size >= 1 && size <= MAX_BODY)),
]);

const limits = z
  .record(z.string(), z.number().min(0))
  .refine((values) => Object.keys(values).every((key) => key in DEFAULT_LIMITS && key !== 'bodySizes'));

/** Everything that can be configured, by its name in the file. */
export const SETTINGS = {
  listen: setting('listen', listen, 'HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080'),
  data: setting('data', text, 'a directory'),
  store: setting(
    'store',
    z.union([z.enum(['sqlite', 'memory', 'none']), database]),
    `sqlite, memory, none, or ${DATABASE}`,
  ),
  redis: setting('redis', redis, REDIS_URL),
  identityFile: setting('identity-file', text, 'a file'),
  pskFile: setting('psk-file', text, 'a file with 64 hex digits'),
  tlsCert: setting('tls-cert', text, 'a PEM file'),
  tlsKey: setting('tls-key', text, 'a PEM file'),
  join: setting('join', join, 'join tokens (sotto-join:…) or addresses (ws://… or wss://…) of members'),
  admit: setting('admit', z.enum(['invite', 'anyone']), 'invite or anyone'),
  watchers: setting('watchers', z.enum(['local', 'anyone']), 'local or anyone'),
  epoch: setting('epoch', z.coerce.number().pipe(z.int().min(1).max(86_400)), 'seconds, from 1 to 86400'),
  leave: setting('leave', bool, 'true or false'),
  publicUrl: setting('public-url', publicUrl, 'ws://HOST[:PORT][/PATH] or wss://…'),
  web: setting('web', text, 'a folder with the built web client, or off'),
  trustedProxies: setting(
    'trusted-proxies',
    networks,
    'addresses and networks (not all there are), for example 10.0.0.0/8,fd00::/8',
  ),
  durability: setting('durability', z.enum(['disk', 'standby']), 'disk or standby'),
  databaseConnections: setting(
    'database-connections',
    z.coerce.number().pipe(z.int().min(3).max(200)),
    'a number from 3 to 200',
  ),
  workers: setting(
    'workers',
    z.union([z.literal('auto'), z.coerce.number().pipe(z.int().min(1).max(MAX_WORKERS))]),
    `a number from 1 to ${MAX_WORKERS}, or auto`,
  ),
  console: setting('console', bool, 'true or false'),
  json: setting('json', bool, 'true or false'),
  traceEvery: setting(
    'trace-every',
    z.coerce.number().pipe(z.int().min(0).max(1_000_000)),
    'a number up to 1000000; 0: none',
  ),
  logLevel: setting(
    'log-level',
    z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    'debug, info, warn, error or silent',
  ),
  bodySizes: setting('body-sizes', sizes, `lengths from 1 to ${MAX_BODY}, for example ${ENVELOPE_SIZES.join(',')}`),
  limits: setting('limits', limits, `numbers for ${Object.keys(DEFAULT_LIMITS).join(', ')}`),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

function setting<Value>(name: string, schema: z.ZodType<Value>, allowed: string): Setting<Value> {
  return { flag: `--${name}`, env: `SOTTO_${name.toUpperCase().replaceAll('-', '_')}`, schema, allowed };
}
