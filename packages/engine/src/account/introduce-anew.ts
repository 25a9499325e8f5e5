/** A home that does not let this device in may have an older list of the account's devices: it is brought ours. */
import { requestOnce } from '../connection/index.ts';
import type { Route } from '../contacts/route.ts';
import type { Platform } from '../ports.ts';
import type { OwnIdentity } from './identity-store.ts';
import type { Publishing } from './publishing.ts';

/** @returns whether one of the homes took it; one that has a newer list, without this device, does not */
export async function introduceAnew(
  platform: Platform,
  own: OwnIdentity,
  publishing: Publishing,
  homes: readonly Route[],
): Promise<boolean> {
  const { linkSecret, certificate } = own.device;
  const brought = await Promise.allSettled(
    homes.map((home) => publishing.bringList((body) => requestOnce(platform, home, { linkSecret, certificate }, body))),
  );
  return brought.some(({ status }) => status === 'fulfilled');
}
