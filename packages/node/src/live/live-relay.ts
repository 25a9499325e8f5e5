import type { Primitives } from '@sotto/protocol/crypto';
import { envelopeId } from '@sotto/protocol/mailbox';
import { RefusalCode, type SendFrame } from '@sotto/protocol/wire';
import type { Outlets } from '../delivery/outlet.ts';
import type { Link } from '../links/link.ts';
import type { Limits } from '../limits.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { Passage } from '../relay/authorise.ts';
import type { Destination } from '../relay/relay.ts';
import { deviceKey, keyOf } from '../text-key.ts';
import type { LiveDirectory } from './live-directory.ts';
import { LiveOutlet } from './live-outlet.ts';

export interface LiveRelayParts {
  readonly primitives: Primitives;
  readonly limits: Limits;
  readonly metrics: NodeMetrics;
  readonly spread: (baseMs: number) => number;
}

const BUSY_MS = 100;

/** `--store none`: straight to the attached device, or refused at once (network.md rule 9). */
export class LiveRelay implements Destination, Outlets {
  readonly full = false;
  readonly #parts: LiveRelayParts;
  readonly #directory: LiveDirectory;
  readonly #byDevice: Map<string, LiveOutlet>;

  /** @param byDevice shared with the directory, which asks who is attached */
  constructor(parts: LiveRelayParts, directory: LiveDirectory, byDevice: Map<string, LiveOutlet>) {
    this.#parts = parts;
    this.#directory = directory;
    this.#byDevice = byDevice;
  }

  get(key: string): LiveOutlet | undefined {
    return this.#byDevice.get(key);
  }

  open(link: Link, mailbox: Uint8Array, device: number): LiveOutlet {
    const outlet = new LiveOutlet(this.#parts, link, false);
    this.#byDevice.set(deviceKey(mailbox, device), outlet);
    return outlet;
  }

  openBeside(link: Link): LiveOutlet {
    return new LiveOutlet(this.#parts, link, true);
  }

  remove(key: string): void {
    this.#byDevice.delete(key);
  }

  accept(link: Link, request: number, frame: SendFrame, { tokenHash }: Passage, key: string): void {
    const outlet = this.#byDevice.get(key);
    if (outlet === undefined) return this.#refuse(link, request, frame, RefusalCode.NOT_ATTACHED, 0);
    const id = keyOf(envelopeId(this.#parts.primitives, frame));
    if (outlet.join(link, request, id)) return;
    if (outlet.full) {
      this.#refuse(link, request, frame, RefusalCode.BUSY, this.#parts.spread(BUSY_MS));
    } else if (tokenHash !== null && !this.#directory.spendToken(frame.mailbox, tokenHash)) {
      this.#refuse(link, request, frame, RefusalCode.TOKEN_USED, 0);
    } else {
      outlet.push(link, request, id, frame);
    }
  }

  #refuse(link: Link, request: number, frame: SendFrame, code: RefusalCode, retryMs: number): void {
    link.end(frame.body.length);
    link.refuse(request, code, retryMs);
  }
}
