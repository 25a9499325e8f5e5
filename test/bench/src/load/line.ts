import { connect, type Socket } from 'node:net';

/** @returns how many bytes it has used up; the others come again with what follows */
type Reader = (bytes: Buffer) => number;

/** A TCP connection: what is written in one turn leaves with one call. */
export class Line {
  readonly #socket: Socket;
  #out: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #reader: Reader = () => 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) =>
      this.#take(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])),
    );
  }

  static open(port: number, localAddress: string): Promise<Line> {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Line(socket));
      });
    });
  }

  write(bytes: Buffer): void {
    if (this.#out.push(bytes) === 1) setImmediate(this.#flush);
  }

  /** Reads what came and was not used up, and all that comes. */
  read(reader: Reader): void {
    this.#reader = reader;
    if (this.#rest.length > 0) this.#take(this.#rest);
  }

  /** Resolves when `reader` has used something up. @throws when the connection ends before */
  until(reader: Reader): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the server closed a connection'));
      this.#socket.once('close', ended);
      this.read((bytes) => {
        const used = reader(bytes);
        if (used === 0) return 0;
        this.#reader = () => 0;
        this.#socket.off('close', ended);
        resolve();
        return used;
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#rest = bytes.subarray(this.#reader(bytes));
  }

  readonly #flush = (): void => {
    const out = this.#out;
    this.#out = [];
    if (!this.#socket.destroyed) this.#socket.write(out.length === 1 ? out[0]! : Buffer.concat(out));
  };
}
