/** Steps of linking as contents between the approving device and the new device's throw-away account (DEV-3, DEV-4). */
import { create, decodeStrict, encode, LinkStepSchema, MAX_BODY } from '@sotto/protocol/wire';
import type { Content, LinkStep } from '@sotto/protocol/wire';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { Body } from '../outbox/contents.ts';
import { KIND } from '../outbox/outbox-rows.ts';

/** Who is asked what a step means; one at a time. */
export interface LinkParty {
  /** Inside the inbox's transaction. @param account verified sender */
  take(account: Uint8Array, device: number, content: Content, step: LinkStep['step']): void;
}

/** Inside a transaction. @returns the content's id */
export function sendStep(parts: EngineParts, to: ContactEntry, step: LinkStep['step']): Uint8Array {
  const { outbox, platform, timers } = parts;
  const id = platform.random(16);
  const body = encode(LinkStepSchema, create(LinkStepSchema, { step }));
  outbox.plan(to, id, KIND.linkStep, { sentAt: timers.now(), body });
  return id;
}

export const linkStepBody = (body: Uint8Array): Body => ({
  case: 'linkStep',
  value: decodeStrict(LinkStepSchema, body, MAX_BODY),
});
