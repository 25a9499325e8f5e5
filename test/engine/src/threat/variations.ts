/** The same day as it would have looked to the node, had the program done one thing otherwise. Nobody behaves differently. */
import type { Chance } from './chance.ts';
import type { AnonymousSpan, Observation } from './observation.ts';
import type { Truth } from './truth.ts';

const IDLE_MS = 60_000;

export interface Variation {
  readonly seen: Observation;
  readonly truth: Truth;
}

/** What is sent for a cause, and is of this kind, is sent another time after it. Of one moment and device: together. */
export function delayed(
  { seen, truth }: Variation,
  kind: string,
  [fromMs, toMs]: readonly [number, number],
  chance: Chance,
): Variation {
  const delays = new Map<string, number>();
  const times = seen.sendings.map(({ atMs }, at) => {
    const cause = truth.causesMs[at]!;
    if (cause === null || truth.kinds[at] !== kind) return atMs;
    const moment = `${truth.devices[at]!}/${cause}`;
    const delay = delays.get(moment) ?? chance.between(fromMs, toMs);
    delays.set(moment, delay);
    return cause + delay;
  });
  const order = times.map((_, at) => at).sort((a, b) => times[a]! - times[b]! || a - b);
  const places = new Map(order.map((at, place) => [at, place]));
  const links = new Map(seen.links);
  const sendings = order.map((at) => {
    const sending = { ...seen.sendings[at]!, atMs: times[at]! };
    const span = links.get(sending.link)!;
    const [opened, ended] = [Math.min(span.fromMs, sending.atMs), Math.max(span.toMs, sending.atMs)];
    links.set(sending.link, { ...span, fromMs: opened, toMs: ended });
    return sending;
  });
  const deliveries = seen.deliveries
    .map(({ account, atMs, sending }) => ({
      account,
      atMs: Math.max(atMs, times[sending]!),
      sending: places.get(sending)!,
    }))
    .sort((a, b) => a.atMs - b.atMs);
  const pick = <T>(list: readonly T[]): T[] => order.map((at) => list[at]!);
  return {
    seen: { ...seen, sendings, deliveries, links },
    truth: {
      senders: pick(truth.senders),
      devices: pick(truth.devices),
      kinds: pick(truth.kinds),
      causesMs: pick(truth.causesMs),
    },
  };
}

/** One link for all that a device sends, closed when it was not used for a minute. */
export function oneLinkEach({ seen, truth }: Variation): Variation {
  const open = new Map<string, { link: number; atMs: number }>();
  const links = new Map<number, AnonymousSpan>();
  const sendings = seen.sendings.map((sending, at) => {
    const device = truth.devices[at]!;
    const span = seen.links.get(sending.link)!;
    const known = open.get(device);
    const goesOn = known !== undefined && sending.atMs - known.atMs <= IDLE_MS;
    const link = goesOn ? known.link : links.size;
    const fromMs = goesOn ? links.get(link)!.fromMs : sending.atMs;
    links.set(link, {
      ...span,
      fromMs,
      toMs: Math.max(links.get(link)?.toMs ?? 0, Math.min(span.toMs, sending.atMs + IDLE_MS)),
    });
    open.set(device, { link, atMs: sending.atMs });
    return { ...sending, link };
  });
  return { seen: { ...seen, sendings, links }, truth };
}
