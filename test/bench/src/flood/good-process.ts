// Clients that keep the rules, in a process of their own: opened, then set to write; reports what came since the last report.
import type { ServerReady } from '../measure.ts';
import { GoodClients } from './good-clients.ts';

export type GoodOrder =
  | { readonly order: 'open'; readonly server: ServerReady; readonly pairs: number }
  | { readonly order: 'write'; readonly perSecond: number }
  | { readonly order: 'stop' }
  | { readonly order: 'report' };

export interface GoodReport {
  readonly sent: number;
  readonly arrived: number;
  readonly doubled: number;
  readonly busy: number;
  readonly refused: number;
  readonly lost: number;
  /** Since the last report, sorted. */
  readonly latenciesMicros: readonly number[];
}

let clients: GoodClients | null = null;

function report(): void {
  const { sent, arrived, doubled, busy, refused, lost, latenciesMicros } = clients!;
  clients!.latenciesMicros = [];
  process.send!({
    sent,
    arrived: arrived.size,
    doubled,
    busy,
    refused,
    lost,
    latenciesMicros: latenciesMicros.toSorted((a, b) => a - b),
  } satisfies GoodReport);
}

process.on('message', (message: GoodOrder) => {
  if (message.order === 'open') {
    clients = new GoodClients(message.server);
    clients.open(message.pairs).then(report, (error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  } else if (message.order === 'write') {
    void clients!.write(message.perSecond);
  } else {
    if (message.order === 'stop') clients!.stop();
    report();
  }
});
process.on('disconnect', () => process.exit());
