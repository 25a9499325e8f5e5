/** Whom an invite, address or token names, before anybody is added. */
import { addressOf, tokenOf } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import type { Introduction } from '../api.ts';
import type { EngineParts } from '../engine-parts.ts';

/** @throws EngineError('bad-input' | 'unknown-contact') */
export async function introduce(
  { recipients, contacts, own, platform }: EngineParts,
  to: string,
): Promise<Introduction> {
  const { account, name, invite } = await recipients.look(to);
  const isOwn = sameBytes(account, own.account.publicKey);
  const known = isOwn ? null : contacts.byAccount(account);
  return {
    address: addressOf(account),
    name,
    token: tokenOf(platform.primitives, account),
    node: invite?.route.urls[0] ?? '',
    own: isOwn,
    room: invite !== null && invite.psk !== null,
    ...(known?.role === 'person' ? { contact: contacts.toApi(known) } : {}),
  };
}
