import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Plugin, PluginOption } from 'vite';
import { VitePWA, type VitePWAOptions } from 'vite-plugin-pwa';

type ManifestTransform = NonNullable<VitePWAOptions['injectManifest']['manifestTransforms']>[number];

const KEPT_BYTES = 8_000_000;

/** The service worker, with the list of everything it keeps. */
export function pwa(): PluginOption {
  let dist = '';
  const parts = VitePWA({
    strategies: 'injectManifest',
    srcDir: 'src/pwa',
    filename: 'sw.ts',
    // Registered by src/pwa/service-worker.ts: no inline script.
    injectRegister: false,
    // public/manifest.webmanifest: one file among the others.
    manifest: false,
    integration: {
      configureCustomSWViteBuild: (options) => {
        options.logLevel = 'warn';
      },
    },
    injectManifest: {
      rollupFormat: 'iife',
      globPatterns: ['**/*.{html,js,css,svg,png,wasm,json,webmanifest}'],
      dontCacheBustURLsMatching: /^assets\//,
      maximumFileSizeToCacheInBytes: KEPT_BYTES,
      manifestTransforms: [(entries) => withHashes(dist, entries)],
    },
  });
  const findDist: Plugin = {
    name: 'sotto-pwa-dist',
    configResolved({ root, build }) {
      dist = resolve(root, build.outDir);
    },
  };
  return [findDist, parts];
}

/** WEB-8: what the service worker keeps, it takes only under the hash that the build gave it. */
async function withHashes(
  dist: string,
  entries: Parameters<ManifestTransform>[0],
): Promise<Awaited<ReturnType<ManifestTransform>>> {
  const manifest = await Promise.all(
    entries.map(async (entry) => {
      const data = await readFile(join(dist, entry.url));
      return { ...entry, integrity: `sha384-${createHash('sha384').update(data).digest('base64')}` };
    }),
  );
  return { manifest: manifest.sort((a, b) => (a.url < b.url ? -1 : 1)), warnings: [] };
}
