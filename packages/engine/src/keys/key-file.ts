import { be32, concat, sameBytes, utf8 } from '@sotto/protocol/crypto';
import type { Primitives, Random } from '@sotto/protocol/crypto';

/**
 * Why a wrapped key cannot be used: `damaged` somewhere (`how` says where), or written by a `newer` program.
 */
export class KeyFileError extends Error {
  readonly code: 'damaged' | 'newer';
  readonly how: string;
  constructor(code: 'damaged' | 'newer', how: string) {
    super(how);
    this.name = 'KeyFileError';
    this.code = code;
    this.how = how;
  }
}

/**
 * The file `database.key` (docs/protocol/at-rest.md): the key that seals the rows of a profile's database, plain or
 * wrapped. "SOTTOKEY" | version | way | what the way needs | checksum, the first 16 B of the SHA-256 of all before it.
 */
export type KeyFile =
  /** The key itself, 32 B. */
  | { readonly way: 'file'; readonly key: Uint8Array }
  | { readonly way: 'passphrase'; readonly cost: Argon2Cost; readonly salt: Uint8Array; readonly wrapped: WrappedKey }
  /** `entry` names the wrapping key in the system's keyring. */
  | { readonly way: 'keyring'; readonly entry: Uint8Array; readonly wrapped: WrappedKey };

export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
}

interface WrappedKey {
  /** Everything in the file before the nonce: associated data. */
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  /** 32 B and a tag. */
  readonly sealed: Uint8Array;
}

export const KEY_LENGTH = 32;
/** Of a passphrase, bytes of UTF-8. */
export const LEAST_PASSPHRASE = 8;
/** crypto.md, "Secrets at rest". */
export const ARGON2_COST: Argon2Cost = { memoryKiB: 64 << 10, passes: 3 };
const LEAST_KIB = 8 << 10;
const MOST_KIB = 256 << 10;
const MOST_PASSES = 16;

const MAGIC = utf8('SOTTOKEY');
const VERSION = 1;
const WAYS = { file: 1, passphrase: 2, keyring: 3 } as const;
const PREFIX = MAGIC.length + 2;
const [SALT, ENTRY, NONCE, SEALED, CHECKSUM] = [16, 16, 24, 48, 16];
const LENGTHS: Readonly<Record<number, number>> = {
  [WAYS.file]: PREFIX + KEY_LENGTH + CHECKSUM,
  [WAYS.passphrase]: PREFIX + 8 + SALT + NONCE + SEALED + CHECKSUM,
  [WAYS.keyring]: PREFIX + ENTRY + NONCE + SEALED + CHECKSUM,
};
/** No key file is longer: more is not read. */
export const MAX_KEY_FILE = 256;
const CONTEXT = utf8('sotto/key/1');

export function plainKeyFile(primitives: Primitives, key: Uint8Array): Uint8Array {
  return withChecksum(primitives, concat(prefix(WAYS.file), key));
}

/** Wraps `key` under Argon2id of the passphrase (KEY-2). */
export function passphraseKeyFile(
  primitives: Primitives,
  random: Random,
  key: Uint8Array,
  passphrase: Uint8Array,
  cost: Argon2Cost = ARGON2_COST,
): Uint8Array {
  const salt = random(SALT);
  const header = concat(prefix(WAYS.passphrase), be32(cost.memoryKiB), be32(cost.passes), salt);
  const wrappingKey = primitives.argon2id(passphrase, salt, cost, KEY_LENGTH);
  return wrap(primitives, random, header, wrappingKey, key);
}

/** Wraps `key` under one that the system's keyring keeps as `entry` (KEY-3). @param wrappingKey 32 B; wiped */
export function keyringKeyFile(
  primitives: Primitives,
  random: Random,
  key: Uint8Array,
  entry: Uint8Array,
  wrappingKey: Uint8Array,
): Uint8Array {
  return wrap(primitives, random, concat(prefix(WAYS.keyring), entry), wrappingKey, key);
}

/**
 * Its form only. Costs are bounded here, before any memory is spent on them.
 * @throws KeyFileError
 */
export function decodeKeyFile(primitives: Primitives, bytes: Uint8Array): KeyFile {
  if (bytes.length < PREFIX || !sameBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
    throw damaged('it does not begin as a key file does');
  }
  if ((bytes[MAGIC.length] ?? 0) > VERSION) {
    throw new KeyFileError('newer', 'it was written by a newer version of Sotto');
  }
  const way = bytes[MAGIC.length + 1] ?? 0;
  if (bytes.length !== LENGTHS[way]) throw damaged('its length is wrong');
  const end = bytes.length - CHECKSUM;
  if (!sameBytes(checksum(primitives, bytes.subarray(0, end)), bytes.subarray(end))) {
    throw damaged('its checksum is wrong');
  }
  if (way === WAYS.file) return { way: 'file', key: bytes.slice(PREFIX, end) };
  const nonceAt = end - SEALED - NONCE;
  const wrapped: WrappedKey = {
    header: bytes.slice(0, nonceAt),
    nonce: bytes.slice(nonceAt, nonceAt + NONCE),
    sealed: bytes.slice(nonceAt + NONCE, end),
  };
  if (way === WAYS.keyring) return { way: 'keyring', entry: bytes.slice(PREFIX, nonceAt), wrapped };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const cost = { memoryKiB: view.getUint32(PREFIX), passes: view.getUint32(PREFIX + 4) };
  if (cost.memoryKiB < LEAST_KIB || cost.memoryKiB > MOST_KIB || cost.passes < 1 || cost.passes > MOST_PASSES) {
    throw damaged('it asks for more memory or time than any version of Sotto does');
  }
  return { way: 'passphrase', cost, salt: bytes.slice(PREFIX + 8, nonceAt), wrapped };
}

/** @returns null when the passphrase is wrong (or somebody changed the file and its checksum) */
export function unwrapWithPassphrase(
  primitives: Primitives,
  { cost, salt, wrapped }: Extract<KeyFile, { way: 'passphrase' }>,
  passphrase: Uint8Array,
): Uint8Array | null {
  return unwrap(primitives, wrapped, primitives.argon2id(passphrase, salt, cost, KEY_LENGTH));
}

/** @param wrappingKey as the keyring gave it; wiped. @returns null when it is not the one */
export function unwrapWithKeyring(
  primitives: Primitives,
  { wrapped }: Extract<KeyFile, { way: 'keyring' }>,
  wrappingKey: Uint8Array,
): Uint8Array | null {
  return wrappingKey.length === KEY_LENGTH ? unwrap(primitives, wrapped, wrappingKey) : null;
}

function wrap(
  primitives: Primitives,
  random: Random,
  header: Uint8Array,
  wrappingKey: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  const nonce = random(NONCE);
  const sealed = primitives.xChaChaPoly.seal(wrappingKey, nonce, concat(CONTEXT, header), key);
  wrappingKey.fill(0);
  return withChecksum(primitives, concat(header, nonce, sealed));
}

function unwrap(
  primitives: Primitives,
  { header, nonce, sealed }: WrappedKey,
  wrappingKey: Uint8Array,
): Uint8Array | null {
  const key = primitives.xChaChaPoly.open(wrappingKey, nonce, concat(CONTEXT, header), sealed);
  wrappingKey.fill(0);
  return key;
}

const prefix = (way: number): Uint8Array => concat(MAGIC, new Uint8Array([VERSION, way]));

const checksum = (primitives: Primitives, bytes: Uint8Array): Uint8Array =>
  primitives.sha256(bytes).subarray(0, CHECKSUM);

const withChecksum = (primitives: Primitives, bytes: Uint8Array): Uint8Array =>
  concat(bytes, checksum(primitives, bytes));

const damaged = (how: string): KeyFileError => new KeyFileError('damaged', how);
