import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { SETTINGS } from '../../../../packages/node/src/config/settings.ts';
import { parseDatabaseUrl } from '../../../../packages/node/src/store/postgres/database-url.ts';
import { SOTTO } from '../processes.ts';
import { REPOSITORY } from './image-by-hand.ts';

/** Of dockerfile-utils: errors and warnings. */
const WARNING = 2;
const SECRETS: Readonly<Record<string, string>> = { SOTTO_HOST: 'chat.example', POSTGRES_PASSWORD: 'geheim' };
const SETTING_NAMES = Object.values(SETTINGS).map(({ env }) => env);

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');

/** What a program that checks files has to object; nothing where it is not installed, and no test needs it. */
function objectionOf(program: string, args: readonly string[]): string {
  const env = { ...process.env, SOTTO_HOST: 'chat.example' };
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  return error !== undefined || status === 0 ? '' : stderr;
}

/** What a node makes of these settings. @throws when it refuses them */
function configOf(environment: Record<string, string>): Record<string, unknown> {
  expect(Object.keys(environment).filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
  const { status, stdout, stderr } = spawnSync(process.execPath, [SOTTO, 'node', '--print-config'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...environment },
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const settingsIn = (environment: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith('SOTTO_'))
      .map(([name, value]) => [name, String(value)]),
  );

describe('Dockerfile', () => {
  it('OPS-53: a linter has nothing to object, and Node is the one that all tests run with', () => {
    const text = read('Dockerfile');
    expect(validate(text).filter(({ severity = 0 }) => severity <= WARNING)).toEqual([]);
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    expect(text).toContain(`FROM node:${devDependencies['node']}-bookworm-slim AS base\n`);
  });
});

interface Service {
  readonly image: string;
  readonly command?: string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: string[];
  readonly networks: string[];
  readonly ports?: string[];
  readonly depends_on?: Record<string, unknown> | string[];
}

describe('compose.yaml', () => {
  const used = new Set<string>();
  const text = read('compose.yaml').replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind, rest: string) => {
      used.add(name);
      const value = SECRETS[name] ?? (kind === '-' ? rest : null);
      if (value === null) throw new Error(`${name} has no value`);
      return value;
    },
  );
  const { services, networks, volumes } = parseYaml(text, { merge: true }) as {
    services: Record<string, Service>;
    networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } } | null>;
    volumes: Record<string, unknown>;
  };

  it('OPS-53: the node takes its settings, and trusts the proxy’s network alone', () => {
    const { node } = services;
    expect(node?.command).toEqual(['sotto', 'node']);
    const config = configOf(settingsIn(node?.environment ?? {}));
    expect(config).toMatchObject({
      store: 'postgres://sotto:***@postgres:5432/sotto?sslmode=disable',
      redis: 'redis://redis:6379',
      publicUrl: 'wss://chat.example',
      trustedProxies: [networks['front']?.ipam?.config[0]?.subnet],
      identityFile: '/identity/node-identity.json',
      durability: 'disk',
    });
  });

  it('OPS-53: the worker works for the same database', () => {
    const { node, worker } = services;
    expect(worker?.command).toEqual(['sotto', 'worker']);
    expect(Object.keys(settingsIn(worker?.environment ?? {})).filter((name) => !SETTING_NAMES.includes(name))).toEqual(
      [],
    );
    const store = node?.environment?.['SOTTO_STORE'] ?? '';
    expect(worker?.environment?.['SOTTO_STORE']).toBe(store);
    // As the guide says, once there is a standby.
    const { hosts } = parseDatabaseUrl(store.replace('@postgres:', '@postgres:5432,standby:'));
    expect(hosts).toEqual(['postgres', 'standby'].map((host) => ({ host, port: 5432 })));
  });

  it('OPS-53: only the proxy is reached from outside; databases are where nobody else is', () => {
    expect(Object.keys(services).filter((name) => services[name]?.ports !== undefined)).toEqual(['proxy']);
    for (const name of ['postgres', 'standby', 'redis', 'worker']) expect(services[name]?.networks).toEqual(['back']);
    expect(services['proxy']?.networks).toEqual(['front']);
    expect(networks['back']?.internal).toBe(true);
  });

  it('OPS-53: what it names is there', () => {
    for (const [name, service] of Object.entries(services)) {
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0]!;
        expect(source.startsWith('.') ? existsSync(join(REPOSITORY, source)) : source in volumes, volume).toBe(true);
      }
      for (const network of service.networks) expect(network in networks, network).toBe(true);
      const needed = service.depends_on ?? [];
      for (const other of Array.isArray(needed) ? needed : Object.keys(needed))
        expect(services, name).toHaveProperty(other);
      expect(service.image, name).toMatch(/^[\w/]+:\w+$/);
    }
    const offered = [...read('deploy/example.env').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => String(name));
    expect(offered.toSorted()).toEqual([...used].toSorted());
  });
});

describe('deploy', () => {
  it('OPS-53: the proxy writes X-Forwarded-For itself, passes no other word on, and its file is one that Caddy takes', () => {
    const text = read('deploy/caddy/Caddyfile');
    expect(text).toContain('header_up -Forwarded');
    expect(text).not.toMatch(/trusted_proxies|header_up \+?X-Forwarded-For/);
    expect(text).toMatch(/exclude http\.log\.error http\.handlers\.reverse_proxy/);
    expect(text.split('{').length).toBe(text.split('}').length);
    const path = join(REPOSITORY, 'deploy/caddy/Caddyfile');
    expect(objectionOf('caddy', ['adapt', '--validate', '--config', path])).toBe('');
  });

  it('OPS-53: systemd takes its units, which run as nobody in particular', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-units-'));
    for (const name of readdirSync(join(REPOSITORY, 'deploy/systemd'))) {
      const text = read(`deploy/systemd/${name}`);
      const settings = [...text.matchAll(/\b(SOTTO_[A-Z_]+)=/g)].map(([, setting]) => String(setting));
      expect(settings.filter((setting) => !SETTING_NAMES.includes(setting))).toEqual([]);
      const [, program = '', script = '', word] = /^ExecStart=(\S+) (\S+) (\w+)$/m.exec(text) ?? [];
      expect(name).toBe(`sotto-${word}.service`);
      for (const path of [program, script]) expect(existsSync(path.replace('/opt/sotto', REPOSITORY)), path).toBe(true);
      for (const line of ['DynamicUser=yes', 'ProtectSystem=strict', 'CapabilityBoundingSet=', 'NoNewPrivileges=yes']) {
        expect(text.split('\n')).toContain(line);
      }
      writeFileSync(join(folder, name), text.replaceAll('/opt/sotto/', REPOSITORY));
    }
    const units = readdirSync(folder).map((name) => join(folder, name));
    expect(objectionOf('systemd-analyze', ['verify', ...units])).toBe('');
    rmSync(folder, { recursive: true });
  });

  it('OPS-53: Fly.io: two apps with settings that a node takes', () => {
    const [node, worker] = ['node', 'worker'].map(
      (name) => parseToml(read(`deploy/fly/${name}.toml`)) as Record<string, Record<string, unknown>>,
    );
    for (const app of [node, worker]) {
      expect(existsSync(join(REPOSITORY, 'deploy/fly', String(app?.['build']?.['dockerfile'])))).toBe(true);
    }
    expect([node?.['processes'], worker?.['processes']]).toEqual([{ node: 'sotto node' }, { worker: 'sotto worker' }]);
    const environment = node?.['env'] as Record<string, string>;
    expect(configOf(environment)).toMatchObject({ trustedProxies: ['172.16.0.0/12', 'fdaa::/16'] });
    const [file] = (node?.['files'] ?? []) as unknown as { guest_path: string }[];
    expect(file?.guest_path).toBe(environment['SOTTO_IDENTITY_FILE']);
  });

  it('OPS-53: Render: services with settings that a node takes', () => {
    interface Variable {
      readonly key?: string;
      readonly value?: string;
      readonly sync?: false;
      readonly fromGroup?: string;
    }
    interface RenderService {
      readonly name: string;
      readonly dockerCommand?: string;
      readonly envVars?: Variable[];
    }
    const file = parseYaml(read('render.yaml')) as {
      envVarGroups: { name: string; envVars: Variable[] }[];
      services: RenderService[];
    };
    const environmentOf = ({ envVars = [] }: RenderService): Record<string, string> =>
      Object.fromEntries(
        envVars
          .flatMap((variable) => file.envVarGroups.find(({ name }) => name === variable.fromGroup)?.envVars ?? variable)
          .filter(({ key = '' }) => key.startsWith('SOTTO_'))
          .map(({ key = '', value }) => [key, value ?? given[key] ?? '']),
      );
    const given: Readonly<Record<string, string>> = {
      SOTTO_STORE: 'postgresql://sotto:geheim@dpg-a/sotto?sslmode=require',
      SOTTO_REDIS: 'redis://red-a:6379',
      SOTTO_PUBLIC_URL: 'https://chat.example',
    };
    const programs = file.services.filter(({ dockerCommand }) => dockerCommand !== undefined);
    expect(programs.map(({ dockerCommand }) => dockerCommand)).toEqual(['sotto node', 'sotto worker']);
    for (const service of programs) expect(Object.values(environmentOf(service))).not.toContain('');
    const config = configOf(environmentOf(programs[0]!));
    expect(config['trustedProxies']).toHaveLength(23);
    configOf(environmentOf(programs[1]!));
  });
});
