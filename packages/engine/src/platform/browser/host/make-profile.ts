/** The ways in which a profile comes into this browser: each into a database that has no identity yet. */
import { loadWebArgon2id } from '@sotto/primitives-web';
import { restoreProfile } from '../../../backup/restore-profile.ts';
import { roomKeyOf } from '../../../contacts/introduction.ts';
import { checkRoomKey } from '../../../connection/index.ts';
import { createIdentity, nodeUrl } from '../../../create-identity.ts';
import { linkDevice } from '../../../devices/link-device.ts';
import type { LinkedDevice } from '../../../devices/link-device.ts';
import type { Platform } from '../../../ports.ts';
import { passphraseBytes } from '../keys/wrap-key.ts';
import type { ProfileCalls, ProfileProgress } from '../profile-calls.ts';
import { readBlob } from './blob-files.ts';

type Params<Method extends keyof ProfileCalls> = ProfileCalls[Method]['params'];
type Tell = (progress: ProfileProgress) => void;

export async function createProfile(platform: Platform, params: Params<'profile.create'>): Promise<null> {
  const { name, node, invite, phrase } = params;
  const psk = params.psk ?? (invite === undefined ? null : roomKeyOf(invite, node));
  // A key that the node does not take would show only when there is an account already that cannot get anywhere.
  if (psk !== null) await checkRoomKey(platform, nodeUrl(node), psk);
  const ephemeral = platform.keyProtection === 'memory';
  const optional = { ...(psk === null ? {} : { psk }), ...(phrase === undefined ? {} : { phrase }) };
  await createIdentity(platform, { name, node, ephemeral, ...optional });
  return null;
}

export function linkProfile(
  platform: Platform,
  { node, name, psk }: Params<'profile.link'>,
  tell: Tell,
  signal: AbortSignal,
): Promise<LinkedDevice> {
  return linkDevice(platform, {
    node,
    name,
    psk: psk ?? null,
    onCode: (code, expires) => tell({ kind: 'code', code, expires }),
    onProgress: (progress) => tell({ kind: 'link', progress }),
    signal,
  });
}

export async function restoreIntoProfile(
  platform: Platform,
  params: Params<'profile.restore'>,
  tell: Tell,
  signal: AbortSignal,
): Promise<{ contacts: number; messages: number }> {
  const passphrase = passphraseBytes(params.passphrase);
  const able = { ...platform, primitives: { ...platform.primitives, argon2id: await loadWebArgon2id() } };
  try {
    const { counts } = await restoreProfile(able, readBlob(params.file), {
      passphrase,
      onProgress: (progress) => tell({ kind: 'backup', progress }),
      signal,
      total: 0,
      revokeOthers: params.revokeOthers,
      phrase: params.phrase ?? null,
      node: params.node ?? null,
    });
    return { contacts: counts.contacts, messages: counts.messages };
  } finally {
    passphrase.fill(0);
  }
}
