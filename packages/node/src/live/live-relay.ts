import type { Primitives } from '@sotto/protocol/crypto';
import { envelopeId } from '@sotto/protocol/mailbox';
import { RefusalCode, type SendFrame } from '@sotto/protocol/wire';
import type { Outlets } from '../delivery/outlet.ts';
import type { Link } from '../links/link.ts';
import type { Limits } from '../limits.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { Passage } from '../relay/authorise.ts';
import type { Sender } from '../relay/group-commit.ts';
import type { Destination } from '../relay/relay.ts';
import type { DeviceRef } from '../store/relay-store.ts';
import type { LiveMessage, Wake } from '../wake/wake.ts';
import { deviceKey, keyOf } from '../text-key.ts';
import type { LiveKeys } from './live-keys.ts';
import { LiveOutlet } from './live-outlet.ts';

export interface LiveRelayParts {
  readonly primitives: Primitives;
  readonly limits: Limits;
  readonly metrics: NodeMetrics;
  readonly spread: (baseMs: number) => number;
  readonly wake: Pick<Wake, 'deliver'> | null;
}

const BUSY_MS = 100;
const NONE = new Uint8Array(0);
/** Any request number but 0: an answer is wanted. */
const AWAITED = 1;

/** `--store none`: straight to the attached device, or refused at once (network.md rule 9). */
export class LiveRelay implements Destination, Outlets {
  readonly full = false;
  readonly crowded = false;
  readonly #parts: LiveRelayParts;
  readonly #directory: LiveKeys;
  readonly #byDevice: Map<string, LiveOutlet>;

  /** @param byDevice shared with the directory, which asks who is attached */
  constructor(parts: LiveRelayParts, directory: LiveKeys, byDevice: Map<string, LiveOutlet>) {
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

  all(): Iterable<LiveOutlet> {
    return this.#byDevice.values();
  }

  accept(link: Sender, request: number, frame: SendFrame, { tokenHash }: Passage, key: string): void {
    const outlet = this.#byDevice.get(key);
    if (outlet === undefined) return this.#acceptElsewhere(link, request, frame, tokenHash);
    const id = keyOf(envelopeId(this.#parts.primitives, frame));
    if (outlet.join(link, request, id)) return;
    if (outlet.full) {
      this.#refuse(link, request, frame, RefusalCode.BUSY);
    } else if (tokenHash === null) {
      outlet.push(link, request, id, frame);
    } else {
      this.#spend(frame.mailbox, tokenHash, (spent) => {
        // The same one came again while the token was looked at.
        if (outlet.join(link, request, id)) return;
        if (!spent) this.#refuse(link, request, frame, RefusalCode.TOKEN_USED);
        // Or the device left.
        else if (this.#byDevice.get(key) !== outlet) this.#refuse(link, request, frame, RefusalCode.NOT_DELIVERED);
        else outlet.push(link, request, id, frame);
      });
    }
  }

  /** From another edge, which answers its sender. */
  deliver({ mailbox, device }: DeviceRef, { expires, body, tokenHash }: LiveMessage): Promise<RefusalCode | null> {
    const key = deviceKey(mailbox, device);
    if (!this.#byDevice.has(key)) return Promise.resolve(RefusalCode.NOT_ATTACHED);
    const frame: SendFrame = { mailbox, device, expires, body, capability: NONE, requestToken: NONE, live: false };
    return new Promise((resolve) => {
      const sender: Sender = {
        closed: false,
        end: () => {},
        send: () => resolve(null),
        refuse: (_, code) => resolve(code),
      };
      this.accept(sender, AWAITED, frame, { lane: 'contact', tokenHash }, key);
    });
  }

  #acceptElsewhere(link: Sender, request: number, frame: SendFrame, tokenHash: Uint8Array | null): void {
    const { wake } = this.#parts;
    if (wake === null) return this.#refuse(link, request, frame, RefusalCode.NOT_ATTACHED);
    const { mailbox, device, expires, body } = frame;
    void wake.deliver({ mailbox, device }, { expires, body, tokenHash }).then((code) => {
      if (code !== null) return this.#refuse(link, request, frame, code);
      link.end(body.length);
      if (request !== 0) link.send(request, { case: 'delivered', value: {} });
    });
  }

  #spend(mailbox: Uint8Array, tokenHash: Uint8Array, goOn: (spent: boolean) => void): void {
    const spent = this.#directory.spendToken(mailbox, tokenHash);
    if (typeof spent === 'boolean') goOn(spent);
    else void spent.catch(() => false).then(goOn);
  }

  #refuse(link: Sender, request: number, frame: SendFrame, code: RefusalCode): void {
    link.end(frame.body.length);
    link.refuse(request, code, code === RefusalCode.BUSY ? this.#parts.spread(BUSY_MS) : 0);
  }
}
