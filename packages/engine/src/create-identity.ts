/** Making the identity of a profile, and moving it to another node. */
import { IdentityError, phraseFromSeed, requireNodeUrl } from '@sotto/protocol/identity';
import { EngineError } from './api.ts';
import { Database } from './store/database.ts';
import { readIdentity, writeIdentity } from './account/identity-store.ts';
import type { OwnIdentity } from './account/identity-store.ts';
import type { Platform } from './ports.ts';
import { readProfile, writeProfile } from './account/profile.ts';
import { checkName } from './contacts/recipients.ts';
import { inWords, say } from './sentences/say.ts';
import { ofIdentity } from './engine-errors.ts';

export interface NewIdentity {
  /** What others see; may be empty. */
  readonly name: string;
  /** Home node: ws:// or wss:// (http:// and https:// mean the same). */
  readonly node: string;
  /** Pre-shared key of a private room, 32 B. */
  readonly psk?: Uint8Array | null;
  /** 24 words of an account that exists already. */
  readonly phrase?: string;
  /** To be thrown away: the store is in memory, and others at a live node may see who is here. */
  readonly ephemeral?: boolean;
}

/** Colours that are told apart on light and dark ground. */
const COLORS = [0xd1495b, 0xe07a1f, 0xb8860b, 0x4c9a2a, 0x1f9e89, 0x2a86c8, 0x5a6acf, 0x8e5cc2, 0xc2559e, 0x8a7361];

export function hasIdentity(platform: Platform): boolean {
  return readIdentity(new Database(platform), platform.primitives) !== null;
}

/**
 * Makes the account and the keys of this device. Nothing is published yet: that happens when the engine first
 * reaches the node, whose identity is pinned then.
 * @returns the account's recovery phrase, to be shown once
 * @returns the 24 words with which the account can be taken up again
 * @throws EngineError('bad-input') for a wrong name, node or phrase, or when there is an identity already; StoreError
 */
export async function createIdentity(platform: Platform, wanted: NewIdentity): Promise<{ phrase: string }> {
  const database = new Database(platform);
  if (readIdentity(database, platform.primitives) !== null) {
    throw new EngineError('bad-input', say('identity-exists'));
  }
  const name = checkName(wanted.name);
  const url = nodeUrl(wanted.node);
  const psk = checkPsk(wanted.psk ?? null);
  const ephemeral = wanted.ephemeral ?? false;
  const { seed } = asBadInput(() =>
    database.transaction(() => {
      const account = writeIdentity(database, platform, { phrase: wanted.phrase ?? null, ephemeral });
      const color = COLORS[(account.publicKey[0] ?? 0) % COLORS.length] ?? 0;
      writeProfile(database, platform.random, { name, color, listed: ephemeral, url, psk, home: null });
      return account;
    }),
  );
  return await Promise.resolve({ phrase: phraseFromSeed(seed) });
}

/** A node address as people type it. @throws EngineError('bad-input') */
export function nodeUrl(text: string): string {
  const trimmed = text.trim().replace(/\/+$/, '');
  const url = /^https?:\/\//i.test(trimmed) ? `ws${trimmed.slice(4)}` : trimmed;
  try {
    requireNodeUrl(url);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const words = inWords(
      `"${trimmed}" is not the address of a node. ${error.message}`,
      say('node-address-malformed', { text: trimmed }),
    );
    throw new EngineError('bad-input', words, false, {
      cause: error,
    });
  }
  return url;
}

/** @throws EngineError('bad-input') */
export function checkPsk(psk: Uint8Array | null): Uint8Array | null {
  if (psk !== null && psk.length !== 32) throw new EngineError('bad-input', say('psk-length'));
  return psk === null ? null : Uint8Array.from(psk);
}

/** @throws EngineError('not-found') when the profile has no identity */
export function loadIdentity(database: Database, platform: Platform): OwnIdentity {
  const own = readIdentity(database, platform.primitives);
  if (own === null || readProfile(database) === null) {
    throw new EngineError('not-found', say('identity-none-create'));
  }
  return own;
}

function asBadInput<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof IdentityError) throw ofIdentity(error);
    throw error;
  }
}
