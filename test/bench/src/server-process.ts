// The server under measurement, in a process of its own: node server-process.ts live|sqlite|ws DATA-DIR
import type { ServerReady, Usage } from './measure.ts';

const [kind = 'live', dataDir = ''] = process.argv.slice(2);

/** Only what it is itself is loaded: its memory is measured, too. */
async function start(): Promise<ServerReady> {
  if (kind === 'ws') {
    const { startBareRelay } = await import('./bare-relay.ts');
    return { port: await startBareRelay(), nodeId: '', linkKey: '', network: '' };
  }
  const { startBenchNode } = await import('./servers/bench-node.ts');
  return startBenchNode(kind === 'live' ? null : dataDir);
}

const ready = await start();
/** Of collections that only the measurement of memory asked for: no message caused them. */
let collectedMicros = 0;
const usedMicros = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system - collectedMicros;
};
process.on('message', () => {
  const cpuMicros = usedMicros();
  globalThis.gc?.();
  collectedMicros += usedMicros() - cpuMicros;
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  process.send!({ cpuMicros, rss, state: heapUsed + arrayBuffers } satisfies Usage);
});
process.on('disconnect', () => process.exit());
process.send!(ready);
