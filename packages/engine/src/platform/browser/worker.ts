export { serveWorker } from './tabs/serve-worker.ts';
