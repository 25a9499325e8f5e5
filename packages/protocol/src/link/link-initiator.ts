import { sameBytes, type Primitives, type Random } from '../crypto/index.ts';
import { IdentityError, verifyDescriptor, type VerifiedDescriptor } from '../identity/index.ts';
import { NoiseError, NoiseHandshake, usesPsk, type Suite } from '../noise/index.ts';
import {
  decodeDeviceCertificate,
  decodeDeviceCertificateBody,
  decodeNodeDescriptor,
  decodeNodeDescriptorBody,
  type NodeDescriptor,
} from '../wire/index.ts';
import { checkHandshakeSize, encodeHello, prologueOf, readHello } from './hello.ts';
import { LinkChannel } from './link-channel.ts';
import { asLinkError, LinkError } from './link-error.ts';

export interface LinkInitiatorOptions {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly suite: Suite;
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** The pinned node id, 32 B; null: any node (first use). Certified links only: an anonymous one pins the link key. */
  readonly nodeId: Uint8Array | null;
  /** Milliseconds since 1970, for the node's lease; null: the lease is not looked at. */
  readonly nowMs: number | null;
  /** 32 B, for the psk2 suites. */
  readonly psk?: Uint8Array | null;
  /** Certified links (XX). */
  readonly identity?: LinkIdentity | PeerIdentity | null;
  /** Anonymous links (NK): the node's X25519 link key, 32 B, from its verified descriptor. */
  readonly remoteLinkKey?: Uint8Array | null;
}

/** What a device proves itself with. */
export interface LinkIdentity {
  /** X25519, 32 B. */
  readonly linkSecret: Uint8Array;
  /** Encoded DeviceCertificate. */
  readonly certificate: Uint8Array;
}

/** What a node proves itself with to another one (LINK-11). */
export interface PeerIdentity {
  /** X25519, 32 B. */
  readonly linkSecret: Uint8Array;
  /** Encoded NodeDescriptor. */
  readonly descriptor: Uint8Array;
}

const linkKeyOf = (identity: LinkIdentity | PeerIdentity): Uint8Array =>
  'certificate' in identity
    ? decodeDeviceCertificateBody(decodeDeviceCertificate(identity.certificate).body).linkKey
    : decodeNodeDescriptorBody(decodeNodeDescriptor(identity.descriptor).body).linkKey;

/** What a received handshake message leads to. */
export interface LinkStep {
  /** To be sent; null: nothing. */
  readonly reply: Uint8Array | null;
  /** The channel is ready. A reply goes out before anything on the channel. */
  readonly done: boolean;
}

/** The caller's side of a link's handshake, without a socket (docs/protocol/link.md). */
export class LinkInitiator {
  readonly #options: LinkInitiatorOptions;
  readonly #handshake: NoiseHandshake;
  #state: 'new' | 'waiting' | 'done' | 'dead' = 'new';
  #channel: LinkChannel | null = null;
  #descriptor: VerifiedDescriptor | null = null;

  /** @throws NoiseError 'missing-key' when the suite needs a key that was not given */
  constructor(options: LinkInitiatorOptions) {
    const { primitives, random, suite, psk, identity, remoteLinkKey } = options;
    this.#options = options;
    this.#handshake = new NoiseHandshake({
      primitives,
      random,
      suite,
      initiator: true,
      prologue: prologueOf(options.network),
      ...(psk ? { psk } : {}),
      ...(identity
        ? {
            localStatic: {
              secretKey: identity.linkSecret,
              publicKey: linkKeyOf(identity),
            },
          }
        : {}),
      ...(remoteLinkKey ? { remoteStatic: remoteLinkKey } : {}),
    });
  }

  /** The first message. */
  start(): Uint8Array {
    if (this.#state !== 'new') throw new LinkError('wrong-state', 'the handshake has begun already');
    this.#state = 'waiting';
    return this.#handshake.writeMessage(encodeHello({}));
  }

  /** @throws LinkError; the link is to be closed with its closeCode */
  receive(message: Uint8Array): LinkStep {
    if (this.#state !== 'waiting') throw new LinkError('wrong-state', 'no handshake message is expected');
    this.#state = 'dead';
    try {
      checkHandshakeSize(message);
      const reply = this.#answer(message);
      this.#channel = new LinkChannel(this.#handshake.split());
      this.#state = 'done';
      return { reply, done: true };
    } catch (error) {
      const undecryptable = error instanceof NoiseError && error.code === 'decrypt';
      throw asLinkError(error, undecryptable && usesPsk(this.#options.suite) ? 'pre-shared-key' : 'handshake');
    }
  }

  /** After done. */
  get channel(): LinkChannel {
    if (this.#channel === null) throw new LinkError('wrong-state', 'the handshake is not done');
    return this.#channel;
  }

  /** The node's descriptor, after done on a certified link; null on an anonymous one. */
  get descriptor(): VerifiedDescriptor | null {
    return this.#descriptor;
  }

  #answer(message: Uint8Array): Uint8Array | null {
    const payload = this.#handshake.readMessage(message);
    if (this.#handshake.complete) {
      readHello(payload, 'nothing');
      return null;
    }
    const { descriptor } = readHello(payload, 'descriptor');
    this.#descriptor = this.#verify(descriptor!);
    // Only a node that has proven itself learns who is calling (LINK-6).
    const identity = this.#options.identity!;
    const proof =
      'certificate' in identity
        ? { certificate: decodeDeviceCertificate(identity.certificate) }
        : { descriptor: decodeNodeDescriptor(identity.descriptor) };
    return this.#handshake.writeMessage(encodeHello(proof));
  }

  #verify(descriptor: NodeDescriptor): VerifiedDescriptor {
    const { primitives, network, nodeId, nowMs } = this.#options;
    let verified: VerifiedDescriptor;
    try {
      verified = verifyDescriptor(primitives, descriptor, { nodeId, nowMs });
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      throw new LinkError(error.code === 'wrong-node' ? 'wrong-node' : 'bad-descriptor', error.message, {
        cause: error,
      });
    }
    if (!sameBytes(verified.linkKey, this.#handshake.remoteStatic!)) {
      throw new LinkError('bad-descriptor', 'the descriptor names another link key');
    }
    if (!sameBytes(verified.network, network)) {
      throw new LinkError('bad-descriptor', 'the descriptor names another network');
    }
    return verified;
  }
}
