import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, loadConfigFromFile } from 'vite';
import type { Plugin, PluginOption } from 'vite';
import { expect, it } from 'vitest';
import { LICENCES } from './licences.ts';

const web = fileURLToPath(new URL('../../..', import.meta.url));
const modules = join(web, '../../node_modules');
/** These write into the folder of the build. */
const WRITES = /pwa|finish-build|subresource-integrity/;

interface PackageFile {
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const fileOf = async (name: string): Promise<PackageFile> =>
  JSON.parse(await readFile(join(modules, name, 'package.json'), 'utf8')) as PackageFile;

const nameOf = (plugin: PluginOption): string =>
  typeof plugin === 'object' && plugin !== null && 'name' in plugin ? plugin.name : '';

/** The packages whose modules are in the client's scripts, those of its workers included. */
async function bundled(): Promise<string[]> {
  const names = new Set<string>();
  const collect = (): Plugin => ({
    name: 'collect',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const ids = file.type === 'chunk' ? Object.keys(file.modules) : (file.originalFileNames ?? []);
        for (const id of ids) {
          const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
          if (name !== undefined) names.add(name);
        }
      }
    },
  });
  const { config } = (await loadConfigFromFile({ command: 'build', mode: 'production' }, undefined, web))!;
  const plugins = (config.plugins ?? []).flat(3).filter((plugin) => !WRITES.test(nameOf(plugin as PluginOption)));
  await build({
    ...config,
    root: web,
    configFile: false,
    logLevel: 'error',
    plugins: [...plugins, collect()],
    worker: { ...config.worker, plugins: () => [...(config.worker?.plugins?.() ?? []), collect()] },
    build: { ...config.build, write: false },
  });
  // The service worker is built apart, out of these.
  names.add('workbox-precaching');
  for (const name of Object.keys((await fileOf('workbox-precaching')).dependencies ?? {})) names.add(name);
  return [...names];
}

it(
  'WEB-17: the page about this client names everything that is in it, under its licence',
  { timeout: 120_000 },
  async () => {
    const named = LICENCES.flatMap(([, , packages]) => packages);
    expect(named.toSorted()).toEqual((await bundled()).toSorted());
    for (const [, licence, packages] of LICENCES) {
      for (const name of packages) expect((await fileOf(name)).license.replaceAll(/[()]/g, ''), name).toBe(licence);
    }
  },
);
