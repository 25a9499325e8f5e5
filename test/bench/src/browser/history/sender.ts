import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ToSender {
  readonly count: number;
}

export interface Begun {
  readonly kind: 'begun';
  readonly address: string;
}

/** Somebody else's engine, in a process of its own. */
export class Sender {
  readonly #child: ChildProcess;
  /** Once the other side has accepted them. */
  readonly address: Promise<string>;

  /** @param invite of whom they write to */
  constructor(folder: string, url: string, invite: string) {
    this.#child = fork(fileURLToPath(new URL('sender-process.ts', import.meta.url)), [folder, url, invite]);
    this.address = this.#next().then((message) => (message as Begun).address);
  }

  /** All are at the node when it returns. */
  async send(count: number): Promise<void> {
    const sent = this.#next();
    this.#child.send({ count } satisfies ToSender);
    await sent;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', resolve);
      this.#child.once('exit', () => reject(new Error('the sender has ended')));
    });
  }
}
