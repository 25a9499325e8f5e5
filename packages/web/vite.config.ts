import react from '@vitejs/plugin-react';
import { defineConfig, type UserConfig } from 'vite';
import { finishBuild } from './build/finish-build.ts';
import { leanSqlite } from './build/lean-sqlite.ts';
import { nodeProxy } from './build/node-proxy.ts';
import { ownLocale } from './build/own-locale.ts';
import { pwa } from './build/pwa.ts';
import { shellChunk } from './build/shell-chunk.ts';
import { subresourceIntegrity } from './build/subresource-integrity.ts';

export default defineConfig(({ command }) => {
  // A build is the same bytes wherever it is made: nothing of the environment goes into it.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return config;
});

const config: UserConfig = {
  envDir: false,
  // Also below a path of a proxy.
  base: './',
  plugins: [react(), nodeProxy(), ownLocale(), shellChunk(), subresourceIntegrity(), pwa(), finishBuild()],
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // Everything is a file of its own origin: no data: URLs, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Sizes are watched by a test (WEB-13).
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  worker: { format: 'es', plugins: () => [leanSqlite()], rolldownOptions: { checks: { pluginTimings: false } } },
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
};
