import type { Day } from './day.ts';
import { pairOf } from './adversary.ts';
import type { Observation } from './observation.ts';
import { markOf } from './sealed-kinds.ts';

/** What only the test knows of the sendings of an observation, in their order. */
export interface Truth {
  /** Account that sent it. */
  readonly senders: readonly string[];
  /** Device that sent it. */
  readonly devices: readonly string[];
  /** Case of Content.body. */
  readonly kinds: readonly string[];
  /** When the program learnt what it sends this for: a receipt's message, a copy's message. null: a person did it. */
  readonly causesMs: readonly (number | null)[];
}

const LONGEST_RECEIPT_MS = 1400;
const SHORTEST_RECEIPT_MS = 190;
const LONGEST_COPY_MS = 33_000;

export function truthOf({ notes, kinds, accounts, residents }: Day, seen: Observation): Truth {
  const devices = seen.sendings.map(({ link }) => notes.ends[link]!.remote);
  const senders = devices.map((device) => accounts.get(device)!);
  const said = new Map<string, string>();
  for (const { frame } of notes.frames) {
    if (frame.body.case !== 'send') continue;
    const mark = markOf(frame.body.value.body);
    said.set(mark, kinds.byMark.get(mark) ?? 'unknown');
  }
  // One entry a body, in the order in which they came: as in observe().
  const names = [...said.values()];
  const reads = new Map(residents.map(({ person, readMs }) => [person.name, readMs]));
  const causesMs = seen.sendings.map(({ atMs }, at) => {
    const device = devices[at]!;
    const account = senders[at]!;
    if (names[at] === 'receipt') {
      const delivered = seen.deliveries.filter(
        (delivery) => delivery.account === account && !seen.sendings[delivery.sending]!.live,
      );
      return earliest([...delivered.map((delivery) => delivery.atMs), ...(reads.get(device) ?? [])], atMs);
    }
    if (names[at] !== 'sync') return null;
    let cause: number | null = null;
    for (const [other, sending] of seen.sendings.entries()) {
      if (sending.atMs > atMs) break;
      const own = devices[other] === device && names[other] === 'text';
      if (own && atMs - sending.atMs <= LONGEST_COPY_MS) cause = sending.atMs;
    }
    return cause;
  });
  return { senders, devices, kinds: names, causesMs };
}

function earliest(events: readonly number[], atMs: number): number | null {
  const fitting = events.filter((at) => atMs - at <= LONGEST_RECEIPT_MS && atMs - at >= SHORTEST_RECEIPT_MS);
  return fitting.length === 0 ? null : Math.min(...fitting);
}

/** Pairs of accounts between which something was stored. */
export function pairsOf({ sendings }: Observation, { senders }: Truth): Set<string> {
  const pairs = sendings.flatMap(({ live, mailbox }, at) =>
    live || mailbox === senders[at] ? [] : [pairOf(senders[at]!, mailbox)],
  );
  return new Set(pairs);
}
