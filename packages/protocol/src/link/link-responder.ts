import { sameBytes, type Primitives, type Random } from '../crypto/index.ts';
import {
  type CertificateMarks,
  IdentityError,
  verifyCertificate,
  verifyDescriptor,
  type VerifiedCertificate,
  type VerifiedDescriptor,
} from '../identity/index.ts';
import { NoiseHandshake, type Suite } from '../noise/index.ts';
import {
  decodeNodeDescriptor,
  decodeNodeDescriptorBody,
  type DeviceCertificate,
  type NodeDescriptor,
} from '../wire/index.ts';
import { checkHandshakeSize, encodeHello, prologueOf, readHello } from './hello.ts';
import { LinkChannel } from './link-channel.ts';
import { asLinkError, LinkError } from './link-error.ts';
import type { LinkStep } from './link-initiator.ts';

export interface LinkResponderOptions {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly suite: Suite;
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** 32 B, for the psk2 suites. */
  readonly psk?: Uint8Array | null;
  /** X25519, 32 B. */
  readonly linkSecret: Uint8Array;
  /** The node's own encoded NodeDescriptor: its link key belongs to `linkSecret`. */
  readonly descriptor: Uint8Array;
  /** Certificates whose signatures need not be looked at again; none: all are. */
  readonly marks?: CertificateMarks;
}

/** The node's side of a link's handshake, without a socket (docs/protocol/link.md). */
export class LinkResponder {
  readonly #primitives: Primitives;
  readonly #network: Uint8Array;
  readonly #descriptor: NodeDescriptor;
  readonly #handshake: NoiseHandshake;
  readonly #certified: boolean;
  readonly #marks: CertificateMarks | null;
  #state: 'waiting' | 'done' | 'dead' = 'waiting';
  #first = true;
  #channel: LinkChannel | null = null;
  #certificate: VerifiedCertificate | null = null;
  #peer: VerifiedDescriptor | null = null;

  /** @throws NoiseError 'missing-key' when the suite needs a key that was not given */
  constructor(options: LinkResponderOptions) {
    const { primitives, random, suite, psk, linkSecret } = options;
    this.#descriptor = decodeNodeDescriptor(options.descriptor);
    this.#primitives = primitives;
    this.#network = options.network;
    this.#marks = options.marks ?? null;
    this.#certified = suite.pattern.startsWith('XX');
    this.#handshake = new NoiseHandshake({
      primitives,
      random,
      suite,
      initiator: false,
      prologue: prologueOf(options.network),
      localStatic: { secretKey: linkSecret, publicKey: decodeNodeDescriptorBody(this.#descriptor.body).linkKey },
      ...(psk ? { psk } : {}),
    });
  }

  /** @throws LinkError; the link is to be closed with its closeCode */
  receive(message: Uint8Array): LinkStep {
    if (this.#state !== 'waiting') throw new LinkError('wrong-state', 'no handshake message is expected');
    this.#state = 'dead';
    try {
      checkHandshakeSize(message);
      const reply = this.#answer(message);
      const done = this.#handshake.complete;
      if (done) this.#channel = new LinkChannel(this.#handshake.split());
      this.#state = done ? 'done' : 'waiting';
      return { reply, done };
    } catch (error) {
      throw asLinkError(error, 'handshake');
    }
  }

  /** After done. */
  get channel(): LinkChannel {
    if (this.#channel === null) throw new LinkError('wrong-state', 'the handshake is not done');
    return this.#channel;
  }

  /** The client's device, after done on a certified link; null on an anonymous one, and when a node called. */
  get certificate(): VerifiedCertificate | null {
    return this.#certificate;
  }

  /** The node that called, after done; null when it was a client. Its lease and admission are not looked at here. */
  get peer(): VerifiedDescriptor | null {
    return this.#peer;
  }

  #answer(message: Uint8Array): Uint8Array | null {
    const payload = this.#handshake.readMessage(message);
    if (this.#first) {
      this.#first = false;
      readHello(payload, 'nothing');
      return this.#handshake.writeMessage(encodeHello(this.#certified ? { descriptor: this.#descriptor } : {}));
    }
    const { certificate, descriptor } = readHello(payload, 'certificate or descriptor');
    if (certificate !== undefined) this.#certificate = this.#verify(certificate);
    else this.#peer = this.#verifyPeer(descriptor!);
    return null;
  }

  #verifyPeer(descriptor: NodeDescriptor): VerifiedDescriptor {
    let verified: VerifiedDescriptor;
    try {
      // A node shows the descriptor it will be known by: its lease may begin later.
      verified = verifyDescriptor(this.#primitives, descriptor, { nowMs: null });
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      throw new LinkError('bad-certificate', error.message, { cause: error });
    }
    if (!sameBytes(verified.linkKey, this.#handshake.remoteStatic!)) {
      throw new LinkError('bad-certificate', 'the descriptor names another link key');
    }
    if (!sameBytes(verified.network, this.#network)) {
      throw new LinkError('bad-certificate', 'the descriptor names another network');
    }
    return verified;
  }

  #verify(certificate: DeviceCertificate): VerifiedCertificate {
    // Only for whom it names: how long an answer takes would tell everybody else which devices were here.
    const isOwn = (linkKey: Uint8Array): boolean => sameBytes(linkKey, this.#handshake.remoteStatic!);
    const marks = this.#marks;
    let verified: VerifiedCertificate;
    try {
      verified = verifyCertificate(
        this.#primitives,
        certificate,
        (encoded, linkKey) => marks !== null && isOwn(linkKey) && marks.has(encoded),
      );
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      throw new LinkError('bad-certificate', error.message, { cause: error });
    }
    if (!isOwn(verified.linkKey)) {
      throw new LinkError('bad-certificate', 'the certificate names another link key');
    }
    marks?.add(verified.encoded);
    return verified;
  }
}
