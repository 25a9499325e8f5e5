import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { nodeProxy } from './build/node-proxy.ts';

export default defineConfig({
  plugins: [react(), nodeProxy()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    // Everything is a file of its own origin: no data: URLs, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
});
