import { WebSocket } from 'ws';
import type { Dialect, DialectOptions, Recipient } from './dialect.ts';

/** The bare relay's: the first four bytes name the recipient. It keeps nothing for who is away, and answers nobody. */
export function wsDialect({ server, bodyBytes, localAddress }: DialectOptions): Dialect<WsRecipient> {
  const open = (id: number): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const ws = new WebSocket(`ws://127.0.0.1:${server.port}/${id}`, {
        perMessageDeflate: false,
        skipUTF8Validation: true,
        localAddress,
      });
      ws.on('error', reject);
      ws.on('open', () => resolve(ws));
    });
  return {
    register: (index) => Promise.resolve(new WsRecipient(2 * index + 1, open)),
    async sender(index) {
      const ws = await open(2 * index);
      return {
        send: ({ id }, sentAt) => {
          const body = Buffer.allocUnsafe(bodyBytes);
          body.writeUInt32LE(id, 0);
          body.writeDoubleLE(sentAt, 4);
          ws.send(body);
        },
      };
    },
  };
}

class WsRecipient implements Recipient {
  readonly id: number;
  readonly #open: (id: number) => Promise<WebSocket>;
  #ws: WebSocket | null = null;

  constructor(id: number, open: (id: number) => Promise<WebSocket>) {
    this.id = id;
    this.#open = open;
  }

  async attach(onMessage: (sentAt: number) => void): Promise<void> {
    this.#ws = await this.#open(this.id);
    this.#ws.on('message', (data: Buffer) => onMessage(data.readDoubleLE(4)));
  }

  leave(): void {
    this.#ws?.terminate();
    this.#ws = null;
  }
}
