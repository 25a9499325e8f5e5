import { serveWorker } from '@sotto/engine/platform/browser/worker';

serveWorker();
