/** Whom an invite, address or token names, before anybody is added. */
import { addressOf, describeAddressOrInvite, IdentityError, tokenOf } from '@sotto/protocol/identity';
import type { Invite } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import type { Primitives } from '@sotto/protocol/crypto';
import type { Introduction } from '../api.ts';
import { nodeUrl } from '../create-identity.ts';
import type { EngineParts } from '../engine-parts.ts';
import { sameRoute } from './route.ts';
import { ofIdentity } from '../engine-errors.ts';

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
    elsewhere: known?.role === 'person' && invite !== null && !sameRoute(recipients.routeOf(invite), known.route),
    ...(known?.role === 'person' ? { contact: contacts.toApi(known) } : {}),
  };
}

/** The key of the private room that an invite brings, when the room is this node; else null. */
export function roomKeyOf(link: string, node: string): Uint8Array | null {
  const invite = readInvite(link);
  if (invite === null || invite.psk === null) return null;
  return invite.route.urls.some((url) => nodeUrl(url) === nodeUrl(node)) ? invite.psk : null;
}

function readInvite(link: string): Invite | null {
  try {
    const read = describeAddressOrInvite(link);
    return read.kind === 'invite' ? read.invite : null;
  } catch (error) {
    if (error instanceof IdentityError) return null;
    throw error;
  }
}

/**
 * The same where nobody lives yet: who is invited sees by whom, before making an account.
 * @throws EngineError('bad-input') when it is neither an address nor an invite
 */
export function introduceToStranger(primitives: Primitives, to: string): Introduction {
  try {
    const read = describeAddressOrInvite(to);
    const invite = read.kind === 'invite' ? read.invite : null;
    return {
      address: addressOf(read.account),
      name: invite?.name ?? '',
      token: tokenOf(primitives, read.account),
      node: invite?.route.urls[0] ?? '',
      own: false,
      room: invite !== null && invite.psk !== null,
      elsewhere: false,
    };
  } catch (error) {
    if (error instanceof IdentityError) throw ofIdentity(error);
    throw error;
  }
}
