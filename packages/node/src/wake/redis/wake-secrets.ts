import { be32, concat, type Primitives, utf8 } from '@sotto/protocol/crypto';
import type { DeviceRef } from '../../store/relay-store.ts';

const NO_SALT = new Uint8Array(0);
const TAG_BYTES = 16;

/**
 * What stands for names in Redis, and what closes messages that pass through it: both from the node's own seed, so all
 * edges have them and nobody else (HKDF, RFC 5869; HMAC, RFC 2104). Redis sees neither addresses nor contents.
 */
export class WakeSecrets {
  readonly #primitives: Primitives;
  readonly #nameKey: Uint8Array;
  readonly #sealKey: Uint8Array;

  constructor(primitives: Primitives, nodeSeed: Uint8Array) {
    const derive = (label: string): Uint8Array => primitives.hkdf(NO_SALT, nodeSeed, utf8(`sotto/wake/1/${label}`), 32);
    this.#primitives = primitives;
    this.#nameKey = derive('names');
    this.#sealKey = derive('messages');
  }

  /** Of this node, for what all its edges share. */
  get node(): string {
    return this.#tag(utf8('node'));
  }

  device({ mailbox, device }: DeviceRef): string {
    return this.#tag(concat(utf8('device'), mailbox, be32(device)));
  }

  rate(rate: string, mailbox: Uint8Array): string {
    return this.#tag(concat(utf8(`rate/${rate}`), mailbox));
  }

  nonce({ mailbox, device }: DeviceRef, nonce: string): string {
    return this.#tag(concat(utf8('nonce'), mailbox, be32(device), utf8(nonce)));
  }

  /** The key under which one life of one edge closes its messages; it counts them, so no nonce comes twice. */
  sealKeyOf(edge: Uint8Array): Uint8Array {
    return this.#primitives.hkdf(NO_SALT, this.#sealKey, edge, 32);
  }

  #tag(name: Uint8Array): string {
    const tag = this.#primitives.hmacSha256(this.#nameKey, name).subarray(0, TAG_BYTES);
    return Buffer.from(tag).toString('base64url');
  }
}
