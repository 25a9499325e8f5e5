/** Secrets at rest: what a row says is ciphertext, bound to its table and its row (ENG-1). */
import { concat, utf8 } from '@sotto/protocol/crypto';
import type { Primitives, Random } from '@sotto/protocol/crypto';
import { StoreError } from '../ports.ts';
import { decodeRecord, encodeRecord } from './record-encoding.ts';

const NONCE = 24;
const NO_BYTES = new Uint8Array(0);

export class SealedRows {
  readonly #primitives: Primitives;
  readonly #random: Random;
  readonly #rowKey: Uint8Array;
  readonly #tagKey: Uint8Array;

  /** @param databaseKey 32 B */
  constructor(primitives: Primitives, random: Random, databaseKey: Uint8Array) {
    this.#primitives = primitives;
    this.#random = random;
    this.#rowKey = primitives.hkdf(NO_BYTES, databaseKey, utf8('sotto/rows/1'), 32);
    this.#tagKey = primitives.hkdf(NO_BYTES, databaseKey, utf8('sotto/tags/1'), 32);
  }

  /** XChaCha20-Poly1305 with a random nonce; `table` and `row` are associated data. 40 B longer than `plaintext`. */
  seal(table: string, row: number | string, plaintext: Uint8Array): Uint8Array {
    const nonce = this.#random(NONCE);
    return concat(
      nonce,
      this.#primitives.xChaChaPoly.seal(this.#rowKey, nonce, utf8(`sotto/row/1|${table}|${row}`), plaintext),
    );
  }

  /** @throws StoreError('corrupt') when the row was changed, moved or sealed under another key. */
  open(table: string, row: number | string, sealed: unknown): Uint8Array {
    const plaintext =
      sealed instanceof Uint8Array && sealed.length > NONCE
        ? this.#primitives.xChaChaPoly.open(
            this.#rowKey,
            sealed.subarray(0, NONCE),
            utf8(`sotto/row/1|${table}|${row}`),
            sealed.subarray(NONCE),
          )
        : null;
    if (plaintext === null) throw new StoreError('corrupt', `a row of ${table} cannot be opened`);
    return plaintext;
  }

  /** Seals a JSON value; byte strings inside are kept. */
  sealRecord(table: string, row: number | string, record: object): Uint8Array {
    return this.seal(table, row, encodeRecord(record));
  }

  openRecord(table: string, row: number | string, sealed: unknown): unknown {
    return decodeRecord(this.open(table, row, sealed));
  }

  /** Keyed hash for looking up a row by something that must not be readable, 16 B. */
  tag(kind: string, value: Uint8Array): Uint8Array {
    return this.#primitives.hmacSha256(this.#tagKey, concat(utf8(`${kind}|`), value)).slice(0, 16);
  }
}
