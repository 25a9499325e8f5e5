import { be64, concat, utf8, type Primitives } from '../crypto/index.ts';
import { requireBytes } from './mailbox-error.ts';

const label = utf8('sotto/announcement/1');
const everybody = new Uint8Array(32);

/** What the operator of a node says to all, or to one. */
export interface AnnouncementFields {
  readonly network: Uint8Array;
  /** ms since 1970 */
  readonly sentAt: number;
  /** The account it is for, 32 B; null: everybody. */
  readonly account: Uint8Array | null;
  readonly text: string;
}

/** "sotto/announcement/1" | network | be64 sent_at | (account or 32 zero bytes) | text (MB-11). */
export function announcementBytes(announcement: AnnouncementFields): Uint8Array {
  const { network, sentAt, account, text } = announcement;
  requireBytes(network, 32, 'A network id');
  if (account !== null) requireBytes(account, 32, 'An account key');
  return concat(label, network, be64(sentAt), account ?? everybody, utf8(text));
}

export function signAnnouncement(
  primitives: Primitives,
  signingSeed: Uint8Array,
  announcement: AnnouncementFields,
): Uint8Array {
  return primitives.ed25519.sign(signingSeed, announcementBytes(announcement));
}

/** Whether the node of `nodeId` said this, to this account or to everybody. */
export function verifyAnnouncement(
  primitives: Primitives,
  nodeId: Uint8Array,
  announcement: AnnouncementFields,
  signature: Uint8Array,
): boolean {
  return primitives.ed25519.verify(nodeId, announcementBytes(announcement), signature);
}
