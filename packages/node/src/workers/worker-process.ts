/** A worker of `sotto node --workers N`: file descriptor 3 is the way to the process that started it, which has the store. */
import { Socket } from 'node:net';
import { enableCompileCache } from 'node:module';
import { describeError } from '../log.ts';
import { pinoLog } from '../server/pino-log.ts';
import { BatchChannel } from './batch-channel.ts';
import { NodeWorker } from './node-worker.ts';
import { readPassing } from './packed-values.ts';
import { CHANNEL_VERSION, ORDER, type WorkerOrder } from './worker-orders.ts';

const CHANNEL = 3;
const FAILED = 1;

enableCompileCache();
// Files are for this user alone.
process.umask(0o077);
// A terminal's Ctrl-C goes to all: the process that started this one says when to end.
process.on('SIGINT', () => {});

const channel = new BatchChannel(new Socket({ fd: CHANNEL, readable: true, writable: true }));
let worker: NodeWorker | null = null;

// Without the store nothing can be kept, and whoever starts the node anew needs the port.
channel.onClosed(() => process.exit(FAILED));

channel.on(ORDER, (reader) => {
  const order = readPassing(reader) as WorkerOrder;
  if (order.order === 'start') {
    const log = pinoLog(order.start.config.logLevel, { worker: order.start.worker });
    if (order.start.version !== CHANNEL_VERSION) {
      // The program was replaced under a running node: what each says the other would misread.
      log.error('other-version', {});
      process.exit(FAILED);
    }
    process.on('uncaughtException', (error) => {
      log.error('uncaught', describeError(error));
      process.exit(FAILED);
    });
    worker = new NodeWorker(channel, order.start, log);
    void worker.start();
    // Asked by itself, it makes place for a new one: that is how workers are restarted one by one.
    process.on('SIGTERM', () => void worker?.drain());
  } else {
    worker?.hear(order);
  }
});
