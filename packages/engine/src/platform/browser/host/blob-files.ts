import type { BackupInput } from '../../../backup/read-backup.ts';
import type { BackupOutput } from '../../../backup/write-backup.ts';

/** Parts gathered in the worker's memory before they are handed to the browser, which may put them on the disk. */
const GATHERED = 4 << 20;

/** Reads a file of any size from its beginning, a piece at a time. */
export function readBlob(file: Blob): BackupInput {
  let position = 0;
  return {
    async read(length) {
      const bytes = new Uint8Array(await file.slice(position, position + length).arrayBuffer());
      position += bytes.length;
      return bytes;
    },
  };
}

/** A file being written. What else the worker has to do goes on between two pieces. */
export class BlobWriter implements BackupOutput {
  #whole = new Blob();
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #gathered = 0;

  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(Uint8Array.from(bytes));
    this.#gathered += bytes.length;
    if (this.#gathered >= GATHERED) this.file();
    await nextTurn();
  }

  /** All so far. */
  file(): Blob {
    this.#whole = new Blob([this.#whole, ...this.#parts]);
    this.#parts = [];
    this.#gathered = 0;
    return this.#whole;
  }
}

/** Messages and timers that wait have their turn. */
export function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.addEventListener(
      'message',
      () => {
        port1.close();
        resolve();
      },
      { once: true },
    );
    port1.start();
    port2.postMessage(null);
  });
}
