/** Acknowledgements for the homes that an envelope was not taken from: signed, many at once (network.md, rule 2; RING-69). */
import { concat } from '@sotto/protocol/crypto';
import { signSpreadAck } from '@sotto/protocol/ring';
import { MAX_ACKNOWLEDGED_IDS, RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import type { Primitives } from '../ports.ts';
import type { Timers } from '../timers.ts';
import type { OwnIdentity } from './identity-store.ts';

/** Between two signatures, at least. */
const GATHER_MS = 2000;
/** Beyond them the oldest go: the homes bring those envelopes once more, and are told then. */
const MOST_IDS = 8192;

interface Taken {
  /** Envelope id, 32 B. */
  readonly id: Uint8Array;
  /** Seconds since 1970. */
  readonly expires: number;
}

export interface AckSpreaderParts {
  readonly primitives: Primitives;
  readonly timers: Timers;
  readonly own: OwnIdentity;
  /** The home that this device is attached to passes them on. Rejects with ConnectionError. */
  readonly ask: (body: FrameBody) => Promise<FrameBody>;
  /** Network id, 32 B; null: this device is attached nowhere, or there is one home only. */
  readonly network: () => Uint8Array | null;
  readonly onFault: (error: unknown) => void;
}

export class AckSpreader {
  readonly #parts: AckSpreaderParts;
  #taken: Taken[] = [];
  #cancel: (() => void) | null = null;
  #sending = false;

  constructor(parts: AckSpreaderParts) {
    this.#parts = parts;
  }

  add(taken: readonly Taken[]): void {
    this.#taken.push(...taken);
    if (this.#taken.length > MOST_IDS) this.#taken.splice(0, this.#taken.length - MOST_IDS);
    if (this.#taken.length > 0) this.#later();
  }

  /** Nothing is left to be told. */
  get isIdle(): boolean {
    return this.#taken.length === 0 && !this.#sending;
  }

  /** Tells now what waits: this device has just been attached, or is about to leave. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    const network = this.#parts.network();
    if (this.#sending || network === null || this.#taken.length === 0) return;
    this.#sending = true;
    const batch = this.#taken.splice(0, MAX_ACKNOWLEDGED_IDS);
    this.#spread(network, batch).then(
      () => this.#sent([]),
      (error: unknown) => {
        const isConnection = error instanceof ConnectionError;
        // A node that does not pass them on never will; the sweeps do it.
        const isHopeless = !isConnection || error.refusal === RefusalCode.UNSUPPORTED;
        this.#sent(isHopeless ? [] : batch);
        if (!isConnection) this.#parts.onFault(error);
      },
    );
  }

  #sent(again: readonly Taken[]): void {
    this.#sending = false;
    this.#taken.unshift(...again);
    if (this.#taken.length > 0) this.#later();
  }

  #later(): void {
    this.#cancel ??= this.#parts.timers.after(GATHER_MS, () => this.flush());
  }

  async #spread(network: Uint8Array, batch: readonly Taken[]): Promise<void> {
    const { primitives, own, timers, ask } = this.#parts;
    const value = signSpreadAck(primitives, own.device.signingSeed, {
      network,
      account: own.account.publicKey,
      device: own.device.device,
      at: timers.now(),
      ids: concat(...batch.map(({ id }) => id)),
      expires: batch.map(({ expires }) => expires),
    });
    await ask({ case: 'spreadAcks', value });
  }
}
