import { sameBytes, utf8 } from '@sotto/protocol/crypto';
import { loadWebArgon2id } from '@sotto/primitives-web';
import { EngineError } from '../../../api.ts';
import {
  decodeKeyFile,
  KeyFileError,
  LEAST_PASSPHRASE,
  passphraseKeyFile,
  unwrapWithPassphrase,
} from '../../../keys/key-file.ts';
import { StoreError } from '../../../ports.ts';
import type { Primitives } from '../../../ports.ts';
import { webRandom } from '../web-random.ts';
import type { KeyRecord } from './key-record.ts';
import { say } from '../../../sentences/say.ts';

const CIPHER = 'AES-GCM';
const CONTEXT = utf8('sotto/browser-key/1') as Uint8Array<ArrayBuffer>;

/** Bytes of a passphrase as everywhere in Sotto: UTF-8 in NFC (RFC 8265, section 4.2). Wiped by who uses them. */
export function passphraseBytes(passphrase: string): Uint8Array {
  return utf8(passphrase.normalize('NFC'));
}

/** Under a fresh key of this browser that no script can read out. */
export async function wrapByBrowser(databaseKey: Uint8Array): Promise<KeyRecord> {
  const key = ownCopy(databaseKey);
  const wrappingKey = await crypto.subtle.generateKey({ name: CIPHER, length: 256 }, false, ['encrypt', 'decrypt']);
  const nonce = webRandom(12) as Uint8Array<ArrayBuffer>;
  const parameters = { name: CIPHER, iv: nonce, additionalData: CONTEXT };
  const sealed = await crypto.subtle.encrypt(parameters, wrappingKey, key);
  key.fill(0);
  return { way: 'browser', wrappingKey, nonce, sealed: new Uint8Array(sealed) };
}

/** Under Argon2id of the passphrase, at the same cost as on Node. @throws EngineError('bad-input') */
export async function wrapByPassphrase(
  primitives: Primitives,
  databaseKey: Uint8Array,
  passphrase: string,
): Promise<KeyRecord> {
  const key = ownCopy(databaseKey);
  const bytes = passphraseBytes(passphrase);
  try {
    if (bytes.length < LEAST_PASSPHRASE) {
      throw new EngineError('bad-input', say('browser-passphrase-short', { least: LEAST_PASSPHRASE }));
    }
    const file = passphraseKeyFile(await withArgon2id(primitives), webRandom, key, bytes);
    return { way: 'passphrase', file: Uint8Array.from(file) };
  } finally {
    bytes.fill(0);
    key.fill(0);
  }
}

/** @throws StoreError('corrupt') when it is not whole */
export async function unwrapByBrowser(record: Extract<KeyRecord, { way: 'browser' }>): Promise<Uint8Array> {
  const { wrappingKey, nonce, sealed } = record;
  try {
    const parameters = { name: CIPHER, iv: nonce, additionalData: CONTEXT };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, wrappingKey, sealed));
  } catch (error) {
    throw new StoreError('corrupt', 'the key of the profile cannot be opened', { cause: error });
  }
}

/** @throws EngineError('not-allowed') when it is not the passphrase; StoreError('corrupt') */
export async function unwrapByPassphrase(
  primitives: Primitives,
  record: Extract<KeyRecord, { way: 'passphrase' }>,
  passphrase: string,
): Promise<Uint8Array> {
  const bytes = passphraseBytes(passphrase);
  try {
    const able = await withArgon2id(primitives);
    const file = decodeKeyFile(able, record.file);
    const key = file.way === 'passphrase' ? unwrapWithPassphrase(able, file, bytes) : null;
    if (key === null) throw new EngineError('not-allowed', say('browser-passphrase-wrong'));
    return key;
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    if (error.code === 'newer') {
      throw new EngineError('failed', say('browser-newer-version'));
    }
    throw new StoreError('corrupt', 'the key of the profile is damaged', { cause: error });
  } finally {
    bytes.fill(0);
  }
}

/** What was made must open before it takes the place of what opens. @throws StoreError */
export async function requireOpens(
  primitives: Primitives,
  record: KeyRecord,
  passphrase: string | null,
  databaseKey: Uint8Array,
): Promise<void> {
  const opened =
    record.way === 'browser'
      ? await unwrapByBrowser(record)
      : record.way === 'passphrase' && passphrase !== null
        ? await unwrapByPassphrase(primitives, record, passphrase)
        : new Uint8Array(0);
  const isSame = sameBytes(opened, databaseKey);
  opened.fill(0);
  if (!isSame) throw new StoreError('failed', 'the key could not be wrapped');
}

/**
 * The profile may be closed, and its key wiped, while the key is being wrapped: a wrapped row of zeros in the place of what
 * opens would lose everything.
 * @throws StoreError when it is wiped already
 */
function ownCopy(databaseKey: Uint8Array): Uint8Array<ArrayBuffer> {
  if (databaseKey.every((byte) => byte === 0)) throw new StoreError('failed', 'the profile was closed');
  return Uint8Array.from(databaseKey);
}

async function withArgon2id(primitives: Primitives): Promise<Primitives> {
  return { ...primitives, argon2id: await loadWebArgon2id() };
}
