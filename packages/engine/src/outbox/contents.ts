/** Composing what goes inside the ratchet. */
import { conversationId, padContent } from '@sotto/protocol/mailbox';
import {
  AskAgainSchema,
  ContentSchema,
  create,
  encode,
  GoneSchema,
  ReceiptKind,
  TextSchema,
  TimerSchema,
} from '@sotto/protocol/wire';
import type { Content } from '@sotto/protocol/wire';
import type { Primitives } from '../ports.ts';
import { EngineError, MAX_TEXT_BYTES } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { ProfileRecord } from '../account/profile.ts';
import type { ViewMark } from '../ring/view-agreement.ts';
import { routeToWire } from '../contacts/route.ts';
import type { Route } from '../contacts/route.ts';
import { say } from '../sentences/say.ts';

/** What one content says. */
export type Body = Content['body'];

export interface Draft {
  /** 16 B. */
  readonly id: Uint8Array;
  readonly sentAt: number;
  /** 0: not shown, not ordered. */
  readonly order: number;
  readonly body: Body;
  /** Which network we see, for whoever is in the same one. */
  readonly view?: ViewMark | null;
}

/**
 * With names, route and keys around it, the longest text fits the largest envelope, whatever the ratchet adds (MB-7).
 * @throws EngineError('too-long' | 'bad-input') in words that say the limit
 */
export function checkText(text: string): void {
  if (text === '') throw new EngineError('bad-input', say('text-empty'));
  if (!text.isWellFormed()) throw new EngineError('bad-input', say('text-malformed'));
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  if (bytes > MAX_TEXT_BYTES) {
    throw new EngineError('too-long', say('text-too-long', { bytes, most: MAX_TEXT_BYTES }));
  }
}

/** Encoded and padded to steps of 256 B. Profile, route and capability ride along until the contact confirmed them. */
export function composeContent(
  primitives: Primitives,
  own: OwnIdentity,
  profile: ProfileRecord,
  contact: ContactEntry,
  draft: Draft,
): Uint8Array {
  const from = own.account.publicKey;
  const content = create(ContentSchema, {
    version: 1,
    id: draft.id,
    conversation: conversationId(primitives, from, contact.account),
    from,
    to: contact.account,
    sentAt: BigInt(draft.sentAt),
    order: BigInt(draft.order),
    deviceListRevision: BigInt(own.deviceList.revision),
  });
  content.body = draft.body;
  if (draft.view) {
    content.viewHash = draft.view.hash;
    content.viewEpoch = BigInt(draft.view.epoch);
  }
  if (contact.told < profile.version) {
    content.profile = { $typeName: 'sotto.v1.Profile', name: profile.name, color: profile.color };
    if (profile.home !== null) content.route = routeToWire(profile.home);
    if (contact.status === 'accepted') content.capability = profile.capability;
  }
  return padContent(encode(ContentSchema, content));
}

/** @param disappearAfter seconds; 0: it stays */
export const textBody = (text: string, replyTo: Uint8Array | null = null, disappearAfter = 0): Body => ({
  case: 'text',
  value: create(TextSchema, { text, disappearAfter, ...(replyTo === null ? {} : { replyTo }) }),
});

export const timerBody = (seconds: number): Body => ({ case: 'timer', value: create(TimerSchema, { seconds }) });

/** @param until the last of the orders, from that of the content on, under which there is nothing */
export const goneBody = (ids: readonly Uint8Array[], until = 0): Body => ({
  case: 'gone',
  value: create(GoneSchema, { ids: [...ids], until: BigInt(until) }),
});

export const helloBody = (): Body => ({ case: 'hello', value: { $typeName: 'sotto.v1.Hello' } });

export const typingBody = (active: boolean): Body => ({
  case: 'typing',
  value: { $typeName: 'sotto.v1.Typing', active },
});

export const receiptBody = (kind: 'delivered' | 'read', ids: Uint8Array[]): Body => ({
  case: 'receipt',
  value: {
    $typeName: 'sotto.v1.Receipt',
    kind: kind === 'read' ? ReceiptKind.READ : ReceiptKind.DELIVERED,
    ids,
  },
});

/** @param ids content ids of what came and could not be opened */
export const askAgainBody = (orders: readonly number[], ids: readonly Uint8Array[]): Body => ({
  case: 'askAgain',
  value: create(AskAgainSchema, { orders: orders.map((order) => BigInt(order)), ids: [...ids] }),
});

/** Where to send for a contact: what is known of it, else our own home. */
export const routeFor = (contact: ContactEntry, profile: ProfileRecord): Route | null => contact.route ?? profile.home;
