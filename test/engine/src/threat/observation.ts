import type { LinkNotes } from '../../../e2e/src/link-notes.ts';
import { markOf } from './sealed-kinds.ts';

/** An envelope as it came over an anonymous link. */
export interface Sending {
  readonly atMs: number;
  /** Number of the link it came over. */
  readonly link: number;
  /** Recipient's account, hex. */
  readonly mailbox: string;
  readonly device: number;
  readonly bytes: number;
  readonly live: boolean;
}

/** An envelope as it was handed to a device. */
interface Delivery {
  readonly atMs: number;
  readonly account: string;
  /** Which of the sendings it is: the node has both. */
  readonly sending: number;
}

/** A certified link. */
interface Attachment {
  readonly account: string;
  /** Key of the network address; null: hidden (Tor, a proxy, everybody behind one address). */
  readonly remote: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** An anonymous link. */
export interface AnonymousSpan {
  readonly remote: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a node that wants to know who writes to whom has to go by: addresses, times, sizes. Contents are sealed. */
export interface Observation {
  readonly sendings: readonly Sending[];
  readonly deliveries: readonly Delivery[];
  readonly attachments: readonly Attachment[];
  readonly links: ReadonlyMap<number, AnonymousSpan>;
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Out of a node's notes. Nothing that only the test knows gets in here. */
export function observe(notes: LinkNotes, endMs: number): Observation {
  const sendings: Sending[] = [];
  const byMark = new Map<string, number>();
  const links = new Map<number, AnonymousSpan>();
  for (const { frame, link, atMs } of notes.frames) {
    if (frame.body.case !== 'send') continue;
    const { mailbox, device, body, live } = frame.body.value;
    // The same envelope once more: nothing new.
    if (byMark.has(markOf(body))) continue;
    byMark.set(markOf(body), sendings.length);
    sendings.push({ atMs, link, mailbox: hexOf(mailbox), device, bytes: body.length, live });
    const { remote, openedMs, closedMs } = notes.ends[link]!;
    links.set(link, { remote, fromMs: openedMs, toMs: closedMs ?? endMs });
  }
  const deliveries = notes.told.flatMap(({ frame, account, atMs }) => {
    const sending = frame.body.case === 'deliver' ? byMark.get(markOf(frame.body.value.body)) : undefined;
    return account === null || sending === undefined ? [] : [{ atMs, account: hexOf(account), sending }];
  });
  const attachments = notes.frames.flatMap(({ frame, account, link }) => {
    if (frame.body.case !== 'attach' || account === null) return [];
    const { remote, openedMs, closedMs } = notes.ends[link]!;
    return [{ account: hexOf(account), remote, fromMs: openedMs, toMs: closedMs ?? endMs }];
  });
  return { sendings, deliveries, attachments, links };
}

export function withoutAddresses({ attachments, links, ...rest }: Observation): Observation {
  return {
    ...rest,
    attachments: attachments.map((attachment) => ({ ...attachment, remote: null })),
    links: new Map([...links].map(([link, span]) => [link, { ...span, remote: null }])),
  };
}
