import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const LENGTH_BYTES = 4;

/** A moment in a transaction of an edge: by a prepared statement in it, and what of the transaction has gone by. */
export interface Step {
  /** Name of the statement. */
  readonly statement: string;
  /** `asked`: the statement is not passed on. `commit`: it was answered, COMMIT is not passed on. `committed`: its answer is not. */
  readonly at: 'asked' | 'commit' | 'committed';
}

interface Armed {
  readonly step: Step;
  readonly strike: () => void;
}

/** Between an edge and PostgreSQL: passes everything on, until the moment that is waited for. Reads the protocol, version 3. */
export class StatementProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #armed: Armed | null = null;
  /** A port of this machine. */
  target: number;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.target = target;
    server.on('connection', (client) => this.#pass(client));
  }

  static async to(target: number): Promise<StatementProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return new StatementProxy(server, target);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Calls `strike` when the step is reached: neither side hears any more on that connection. Resolves when that is done. */
  at(step: Step, strike: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#armed = {
        step,
        strike: () => {
          this.#armed = null;
          strike().then(resolve, reject);
        },
      };
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(client: Socket): void {
    const database = connect(this.target, HOST);
    const end = (): void => {
      client.destroy();
      database.destroy();
    };
    for (const socket of [client, database]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    /** Statements of the transaction under way. */
    const statements = new Set<string>();
    const isDue = (at: Step['at']): boolean =>
      this.#armed?.step.at === at && statements.has(this.#armed.step.statement);
    const strikeIf = (due: boolean): boolean => {
      if (!due) return false;
      this.#armed!.strike();
      end();
      return true;
    };
    const asked = (type: string, body: Buffer): boolean => {
      if (type === 'B') {
        const name = textAt(body, textAt(body, 0).length + 1);
        statements.add(name);
        return strikeIf(this.#armed?.step.statement === name && isDue('asked'));
      }
      if (type !== 'Q') return false;
      const text = textAt(body, 0);
      if (text.startsWith('BEGIN')) statements.clear();
      return text === 'COMMIT' && strikeIf(isDue('commit'));
    };
    const answered = (type: string, body: Buffer): boolean =>
      type === 'C' && textAt(body, 0) === 'COMMIT' && strikeIf(isDue('committed'));
    forward(client, database, true, asked);
    forward(database, client, false, answered);
  }
}

/** Message by message. @param ends whether that was the last one, which is not passed on */
function forward(from: Socket, to: Socket, hasStartup: boolean, ends: (type: string, body: Buffer) => boolean): void {
  let rest: Buffer = Buffer.alloc(0);
  let typeBytes = hasStartup ? 0 : 1;
  from.on('data', (data: Buffer) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    let at = 0;
    for (;;) {
      const header = typeBytes + LENGTH_BYTES;
      if (rest.length < at + header) break;
      const next = at + typeBytes + rest.readUInt32BE(at + typeBytes);
      if (rest.length < next) break;
      const type = typeBytes === 0 ? '' : String.fromCodePoint(rest[at]!);
      if (ends(type, rest.subarray(at + header, next))) {
        to.end(rest.subarray(0, at));
        from.removeAllListeners('data');
        return;
      }
      at = next;
      typeBytes = 1;
    }
    if (at > 0) to.write(rest.subarray(0, at));
    rest = rest.subarray(at);
  });
}

/** Up to the next zero byte. */
function textAt(body: Buffer, from: number): string {
  const end = body.indexOf(0, from);
  return body.toString('utf8', from, end === -1 ? body.length : end);
}
