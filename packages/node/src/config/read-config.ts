import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { EPOCH_SECONDS } from '@sotto/protocol/ring';
import { ENVELOPE_SIZES } from '@sotto/protocol/wire';
import envPaths from 'env-paths';
import type { z } from 'zod';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { type Config, ConfigError } from './config.ts';
import { isDatabaseUrl } from '../store/open-store.ts';
import { MAX_WORKERS, SETTING_NAMES, type SettingName, SETTINGS } from './settings.ts';
import { webFolder } from './web-folder.ts';

/** A value as it was given, and where. */
interface Given {
  readonly value: unknown;
  readonly source: string;
}

type Values = { [Name in SettingName]?: z.infer<(typeof SETTINGS)[Name]['schema']> };

export interface ConfigSources {
  /** By name in the file; undefined: not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config`; null: SOTTO_CONFIG, or no file. */
  readonly file: string | null;
  /** Where the installed web client is, if it was built; null: none is installed. */
  readonly web?: string | null;
}

/** @throws ConfigError with one sentence that names the key, what was given and what is allowed */
export function readConfig({ flags, env, file, web }: ConfigSources): Config {
  const path = file ?? env['SOTTO_CONFIG'] ?? null;
  const fromFile = path === null ? {} : readFile(path);
  const values: Values = {};
  for (const name of SETTING_NAMES) {
    const given = lookUp(name, flags, env, fromFile, path);
    if (given !== null) Object.assign(values, { [name]: check(name, given) });
  }
  if ((values.tlsCert === undefined) !== (values.tlsKey === undefined)) {
    throw new ConfigError('bad-value', '--tls-cert and --tls-key only work together; one of them is missing.');
  }
  checkTogether(values);
  const base = path === null ? '.' : dirname(path);
  const place = (name: 'identityFile' | 'pskFile' | 'tlsCert' | 'tlsKey' | 'data' | 'web') => {
    const value = values[name];
    if (value === undefined) return null;
    // What the file names is found from where the file is.
    return flags[name] === undefined && env[SETTINGS[name].env] === undefined ? resolve(base, value) : resolve(value);
  };
  return {
    listen: values.listen ?? { host: '127.0.0.1', port: 8080 },
    data: place('data') ?? resolve(envPaths('sotto', { suffix: '' }).data, 'node'),
    dataGiven: values.data !== undefined,
    store: values.store ?? 'sqlite',
    identityFile: place('identityFile'),
    pskFile: place('pskFile'),
    tlsCert: place('tlsCert'),
    tlsKey: place('tlsKey'),
    publicUrl: values.publicUrl ?? null,
    join: values.join ?? [],
    admit: values.admit ?? (isPrivate(values) ? 'anyone' : 'invite'),
    watchers: values.watchers ?? 'local',
    epochSeconds: values.epoch ?? EPOCH_SECONDS,
    leave: values.leave ?? false,
    web: values.web === 'off' ? null : webFolder(place('web'), web ?? null),
    redis: values.redis ?? null,
    trustedProxies: values.trustedProxies ?? [],
    durability: values.durability ?? 'disk',
    databaseConnections: values.databaseConnections ?? DATABASE_CONNECTIONS,
    workers: values.workers === 'auto' ? Math.min(availableParallelism(), MAX_WORKERS) : (values.workers ?? 1),
    console: values.console ?? null,
    json: values.json ?? false,
    traceEvery: values.traceEvery ?? 1024,
    logLevel: values.logLevel ?? 'info',
    bodySizes: values.bodySizes ?? ENVELOPE_SIZES,
    limits: { ...(isProxied(values) ? PROXIED_LIMITS : {}), ...values.limits },
  };
}

/** Two thirds of them write. */
const DATABASE_CONNECTIONS = 10;

const ALONE = 'is a node of one process with its own store; leave it out, or give --store postgres://…';

/** What only works with something else. */
function checkTogether({ store = 'sqlite', redis, durability, join, leave, workers, pskFile, ...rest }: Values): void {
  const refuse = (text: string): never => {
    throw new ConfigError('bad-value', text);
  };
  if (!isDatabaseUrl(store)) {
    if (redis !== undefined) refuse(`--redis joins several nodes that share one database; --store ${store} ${ALONE}.`);
    if (durability === 'standby')
      refuse(`--durability standby is for a database with a standby; --store ${store} ${ALONE}.`);
    if (rest.databaseConnections !== undefined)
      refuse(`--database-connections is for a database; --store ${store} ${ALONE}.`);
  } else if (join !== undefined || leave === true) {
    refuse('--join and --leave: a node whose store is a database of several edges is no member of a ring yet.');
  } else if (redis !== undefined && pskFile !== undefined) {
    refuse(
      '--psk-file: a private room runs in one process, for all its guests must see each other; leave out --redis.',
    );
  } else if (redis !== undefined && workers !== undefined && workers !== 1) {
    refuse(
      '--workers does not go with --redis: start as many nodes, on ports of their own, behind your load balancer.',
    );
  }
}

/** Whoever reaches the node sits at this machine: with a public address, or one that is trusted, a proxy brings everybody. */
function isPrivate({ listen, publicUrl, trustedProxies }: Values): boolean {
  const isPublic = publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname);
  return listensHere(listen) && !isPublic && trustedProxies === undefined;
}

/** Everybody comes from one address then, unless the proxy says from where. */
const isProxied = (values: Values): boolean =>
  listensHere(values.listen) && !isPrivate(values) && values.trustedProxies === undefined;

const listensHere = (listen: Values['listen']): boolean => isLoopback(listen?.host ?? '127.0.0.1');

const PROXIED_LIMITS: Partial<Limits> = { tunnelsPerAddress: DEFAULT_LIMITS.tunnels };

const isLoopback = (host: string): boolean => /^(127\.[\d.]+|\[?::1\]?|localhost)$/.test(host);

function lookUp(
  name: SettingName,
  flags: ConfigSources['flags'],
  env: ConfigSources['env'],
  fromFile: Readonly<Record<string, unknown>>,
  path: string | null,
): Given | null {
  const setting = SETTINGS[name];
  if (flags[name] !== undefined) return { value: flags[name], source: setting.flag };
  const fromEnv = env[setting.env];
  if (fromEnv !== undefined && fromEnv !== '') return { value: fromEnv, source: setting.env };
  if (fromFile[name] !== undefined) return { value: fromFile[name], source: `"${name}" in ${path}` };
  return null;
}

function check(name: SettingName, { value, source }: Given): unknown {
  const setting = SETTINGS[name];
  const parsed = setting.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError('bad-value', `${source} is ${shown(value)}; allowed is ${setting.allowed}.`);
}

/** As it was given, without what could be a password in an address. */
export const shown = (value: unknown): string =>
  JSON.stringify(value).replace(/(:\/\/[^:/@\s"]*:)[^@\s"]*@/g, '$1***@');

function readFile(path: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ConfigError('bad-value', `The configuration file ${path} ${why}.`, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigError('bad-value', `The configuration file ${path} must hold one JSON object.`);
  }
  const unknown = Object.keys(parsed).find((key) => !Object.hasOwn(SETTINGS, key));
  if (unknown !== undefined) {
    const allowed = SETTING_NAMES.join(', ');
    throw new ConfigError('bad-value', `"${unknown}" in ${path} is no setting; allowed are ${allowed}.`);
  }
  return parsed as Record<string, unknown>;
}
