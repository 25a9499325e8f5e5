/**
 * Envelopes of the moment: encrypted, sent once, kept by nobody (network.md, rule 9). A node sees that an envelope is
 * live-only, and nothing that tells one kind from another: one size, one life, one way of asking (MB-12, ENG-18).
 */
import { LIVE_BODY_BYTES, LIVE_SECONDS } from '@sotto/protocol/mailbox';
import { encryptWithRecord, sendingSession, startSession, withSession } from '@sotto/protocol/ratchet';
import type { SessionRecord } from '@sotto/protocol/ratchet';
import { decodeDeviceCertificate, SealedKind } from '@sotto/protocol/wire';
import type { Clock, Primitives, Random } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Route } from '../contacts/route.ts';
import type { Sealer } from './sealer.ts';
import type { Sessions } from '../contacts/sessions.ts';
import type { RecipientNodes } from '../ring/recipient-nodes.ts';
import type { Target } from './targets.ts';

/** Attempts to commit while others use the same session. */
const MAX_ATTEMPTS = 5;
/** Later than that nobody waits for it any more. */
const ANSWER_MS = 8000;

export interface LiveSenderParts {
  readonly platform: { readonly primitives: Primitives; readonly random: Random; readonly clock: Clock };
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly sessions: Sessions;
  readonly sealer: Sealer;
  readonly nodes: Pick<RecipientNodes, 'of'>;
  /** Whether sessions may be used (ENG-43). */
  readonly mayEncrypt: () => boolean;
}

/** One device that hears of it. */
export interface LiveRecipient {
  /** Account key, 32 B. */
  readonly account: Uint8Array;
  readonly target: Target;
  /** Theirs; null: we are no contact of theirs, which private rooms allow (NODE-15). */
  readonly capability: Uint8Array | null;
}

export class LiveSender {
  readonly #parts: LiveSenderParts;

  constructor(parts: LiveSenderParts) {
    this.#parts = parts;
  }

  /**
   * @param compose the padded content for a content id
   * @returns the sealed body; null: there is no session to say it in, or others use it all the time
   */
  async seal(to: LiveRecipient, compose: (id: Uint8Array) => Uint8Array): Promise<Uint8Array | null> {
    const { platform, own, sessions, sealer, database, mayEncrypt } = this.#parts;
    if (!mayEncrypt()) return null;
    const { primitives, random, clock } = platform;
    const { account, target } = to;
    const certificate = decodeDeviceCertificate(own.device.certificate);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const nowMs = clock.now();
      const read = sessions.read(account, target.device);
      const started = this.#started(read.record, target, nowMs);
      if (started === null) return null;
      const id = random(16);
      const { record, kind, message, headroom } = encryptWithRecord(primitives, random, started, compose(id), nowMs);
      const body = await sealer.seal({
        sealKey: target.sealKey,
        mailbox: account,
        device: target.device,
        minimumBytes: LIVE_BODY_BYTES,
        headroom,
        message: {
          certificate,
          kind: kind === 'prekey' ? SealedKind.PREKEY : SealedKind.RATCHET,
          contentId: id,
          message,
        },
      });
      const current = database.transaction(() => {
        if (sessions.read(account, target.device).version !== read.version) return false;
        sessions.write(account, target.device, record);
        return true;
      });
      if (current) return body;
    }
    return null;
  }

  /** @returns whether the node passed it on. It may say so falsely: nothing here proves that it was heard. */
  async post(to: LiveRecipient, route: Route, body: Uint8Array): Promise<boolean> {
    const { nodes, platform } = this.#parts;
    const none = new Uint8Array(0);
    const expires = Math.floor(platform.clock.now() / 1000) + LIVE_SECONDS;
    const { account: mailbox, target, capability } = to;
    const value = { mailbox, device: target.device, expires, body, capability: capability ?? none };
    try {
      const sent = { case: 'send' as const, value: { ...value, requestToken: none, live: true } };
      // One of them passes it on to the others.
      const [home] = (await nodes.of(route, mailbox)).homes;
      await home?.requests.request(sent, { timeoutMs: ANSWER_MS });
      return home !== undefined;
    } catch {
      // Of the moment: whatever went wrong, it is not tried again.
      return false;
    }
  }

  #started(record: SessionRecord, { bundle }: Target, nowMs: number): SessionRecord | null {
    if (sendingSession(record, nowMs) !== null) return record;
    if (bundle === null) return null;
    const { own, platform } = this.#parts;
    const { identityKey, identitySecret } = own.device;
    const local = { identityKey, identitySecret, registrationId: own.registrationId };
    return withSession(record, startSession(platform.primitives, platform.random, { local, bundle, nowMs }));
  }
}
