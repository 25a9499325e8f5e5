import { nodePrimitives } from '@sotto/primitives-node';
import type { Primitives } from '@sotto/protocol/crypto';
import { unpadContent } from '@sotto/protocol/mailbox';
import { decodeContent } from '@sotto/protocol/wire';

const ENC_AT = 5;
const CIPHERTEXT_AT = ENC_AT + 1120;
const MARK_BYTES = 16;

/** Bytes that tell one body from all others. */
export const markOf = (body: Uint8Array): string =>
  Buffer.from(body.subarray(ENC_AT, ENC_AT + MARK_BYTES)).toString('hex');

/** The truth that only a test knows: what each sealed body says, noted where it is made. */
export class SealedKinds {
  /** Case of Content.body, by markOf() the body. */
  readonly byMark = new Map<string, string>();
  readonly primitives: Primitives;

  constructor() {
    const { aesCbc, chaChaPoly } = nodePrimitives;
    let last = '';
    this.primitives = {
      ...nodePrimitives,
      aesCbc: {
        ...aesCbc,
        encrypt: (key, iv, plaintext) => {
          last = decodeContent(unpadContent(plaintext)).body.case ?? 'none';
          return aesCbc.encrypt(key, iv, plaintext);
        },
      },
      chaChaPoly: {
        ...chaChaPoly,
        seal: (key, nonce, ad, plaintext, out) => {
          if (ad.length === ENC_AT && out?.byteOffset === CIPHERTEXT_AT) {
            this.byMark.set(markOf(new Uint8Array(out.buffer)), last);
          }
          return chaChaPoly.seal(key, nonce, ad, plaintext, out);
        },
      },
    };
  }
}
