import { attack, type Timing } from './adversary.ts';
import { Chance } from './chance.ts';
import type { Day } from './day.ts';
import { observe, withoutAddresses } from './observation.ts';
import { pairsOf, truthOf } from './truth.ts';
import { delayed, oneLinkEach, type Variation } from './variations.ts';

/** How often the adversary was right, in percent. */
export interface Figure {
  readonly what: string;
  /** Sender of a stored envelope; of those, of messages that people wrote. */
  readonly stored: number;
  readonly texts: number;
  /** Sender of a live-only one. */
  readonly live: number;
  /** Of the pairs it names, as many as there are: those that are some. */
  readonly pairs: number;
}

/** As the program is. */
const TIMING: Timing = { receiptMs: [200, 1200], copyMs: [1000, 30_000] };
const SEED = 11;

export function figuresOf(day: Day): Figure[] {
  const seen = observe(day.notes, day.endMs);
  const known: Variation = { seen, truth: truthOf(day, seen) };
  const hidden: Variation = { ...known, seen: withoutAddresses(seen) };
  const receipts = (timing: readonly [number, number]): Variation =>
    delayed(hidden, 'receipt', timing, new Chance(SEED));
  const copies = (timing: readonly [number, number]): Variation => delayed(hidden, 'sync', timing, new Chance(SEED));
  return [
    figure('Addresses known', known, TIMING),
    figure('Addresses hidden', hidden, TIMING),
    figure('— were receipts sent at once', receipts([0, 1]), { ...TIMING, receiptMs: [0, 1] }),
    figure('— were receipts sent 1 to 30 s later', receipts([1000, 30_000]), { ...TIMING, receiptMs: [1000, 30_000] }),
    figure('— were copies to own devices sent at once', copies([0, 1]), { ...TIMING, copyMs: [0, 1] }),
    figure('— were all recipients written to over one link', oneLinkEach(hidden), TIMING),
  ];
}

/** How often a guess among those who are attached would be right. */
export function blindGuess(day: Day): number {
  const { sendings, attachments } = observe(day.notes, day.endMs);
  const there = sendings.map(
    ({ atMs }) =>
      new Set(attachments.flatMap(({ account, fromMs, toMs }) => (fromMs <= atMs && atMs <= toMs ? [account] : [])))
        .size,
  );
  return (100 * there.reduce((sum, count) => sum + 1 / Math.max(1, count), 0)) / there.length;
}

function figure(what: string, { seen, truth }: Variation, timing: Timing): Figure {
  const { senders, pairs } = attack(seen, timing);
  const percent = (counts: (at: number) => boolean): number => {
    const all = seen.sendings.flatMap((_, at) => (counts(at) ? [at] : []));
    return (100 * all.filter((at) => senders[at] === truth.senders[at]).length) / all.length;
  };
  const real = pairsOf(seen, truth);
  const named = pairs.filter((pair) => new Set(pair.split('|')).size === 2).slice(0, real.size);
  return {
    what,
    stored: percent((at) => !seen.sendings[at]!.live),
    texts: percent((at) => truth.kinds[at] === 'text'),
    live: percent((at) => seen.sendings[at]!.live),
    pairs: (100 * named.filter((pair) => real.has(pair)).length) / real.size,
  };
}
