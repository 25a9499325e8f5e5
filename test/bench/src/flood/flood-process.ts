// A flood, in a process of its own: told by a message what to do, reports when it is asked, ends with its parent.
import type { ServerReady } from '../measure.ts';
import { type AbuseKind, type AbuseOrder, AbusiveLinks } from './abusive-links.ts';
import { HalfOpenFlood, type HalfOpenOrder } from './half-open-flood.ts';

export interface FloodOrder {
  readonly server: ServerReady;
  readonly halfOpen: HalfOpenOrder | null;
  readonly abuse: AbuseOrder | null;
}

export interface FloodReport {
  readonly halfOpen: { readonly opened: number; readonly closed: number; readonly standing: number };
  readonly abuse: {
    readonly opened: number;
    readonly closes: Partial<Record<AbuseKind, Record<number, number>>>;
  };
}

let halfOpen: HalfOpenFlood | null = null;
let abuse: AbusiveLinks | null = null;

process.on('message', (message: FloodOrder | 'report') => {
  if (message !== 'report') {
    const { server } = message;
    if (message.halfOpen !== null) halfOpen = new HalfOpenFlood(server, message.halfOpen);
    if (message.abuse !== null) {
      abuse = new AbusiveLinks(server, message.abuse);
      void abuse.start();
    }
    return;
  }
  const { opened = 0, closed = 0, standing = 0 } = halfOpen ?? {};
  process.send!({
    halfOpen: { opened, closed, standing },
    abuse: { opened: abuse?.opened ?? 0, closes: abuse?.closes ?? {} },
  } satisfies FloodReport);
});
process.on('disconnect', () => process.exit());
