import { PacketWriter, encodeFrame } from '@sotto/protocol/wire';
import type { Frame } from '@sotto/protocol/wire';

/** Gathers the frames of one turn into as few packets as they fit, so that the cipher is paid once for each (LNKC-3). */
export class OutgoingPackets {
  readonly #transmit: (packet: Uint8Array) => void;
  readonly #writer = new PacketWriter();
  #scheduled = false;

  /** @param transmit must be done with the packet on return */
  constructor(transmit: (packet: Uint8Array) => void) {
    this.#transmit = transmit;
  }

  add(frame: Frame): void {
    this.addEncoded(encodeFrame(frame));
  }

  /** @param element what encodeFrame() gave */
  addEncoded(element: Uint8Array): void {
    if (!this.#writer.appendEncoded(element)) {
      this.flush();
      this.#writer.appendEncoded(element);
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    void Promise.resolve().then(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#writer.frames > 0) this.#transmit(this.#writer.take());
  }
}
