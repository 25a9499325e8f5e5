import type { FrameBody, SendFrame } from '@sotto/protocol/wire';
import { BenchLink } from '../bench-link.ts';
import type { ServerReady } from '../measure.ts';

/** Few, so that what is sent in one turn shares packets: two hold twice what may be under way of a fifth of the load. */
const LINKS = 2;
/** Of the 64 that a node lets a link ask at a time. */
const WINDOW = 60;
const HANDSHAKE_MS = 3_000;
const AGAIN_MS = 300;

/** An answer to a Send, or null when the link ended. */
type OnAnswer = (body: FrameBody | null) => void;

interface Line {
  readonly link: BenchLink;
  readonly waiting: Map<number, OnAnswer>;
}

/** Anonymous links to one node, opened anew when they end. */
export class SendingLines {
  readonly #server: ServerReady;
  readonly #lines: Line[] = [];
  #closed = false;

  constructor(server: ServerReady) {
    this.#server = server;
  }

  open(): Promise<void[]> {
    return Promise.all(Array.from({ length: LINKS }, () => this.#open()));
  }

  /**
   * Asks for the envelope to be stored. Answers come until end() is called.
   * @returns end(); null: no link has room
   */
  send(value: SendFrame, onAnswer: OnAnswer): (() => void) | null {
    let best: Line | null = null;
    for (const line of this.#lines) if (line.waiting.size < (best?.waiting.size ?? WINDOW)) best = line;
    if (best === null) return null;
    const { link, waiting } = best;
    const request = link.post({ case: 'send', value });
    waiting.set(request, onAnswer);
    return () => void waiting.delete(request);
  }

  close(): void {
    this.#closed = true;
    for (const { link } of this.#lines) link.close();
  }

  async #open(): Promise<void> {
    while (!this.#closed) {
      const link = await BenchLink.open(this.#server, null, HANDSHAKE_MS).catch(() => null);
      if (link === null) {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        continue;
      }
      const line: Line = { link, waiting: new Map() };
      link.onFrame = ({ request, body }) => {
        if (body.case !== 'stored') return line.waiting.get(request)?.(body);
        const { items } = body.value;
        for (const item of items) {
          line.waiting.get(item.request)?.({ case: 'stored', value: { ...body.value, items: [item] } });
        }
      };
      link.onClose = () => {
        this.#lines.splice(this.#lines.indexOf(line), 1);
        for (const onAnswer of line.waiting.values()) onAnswer(null);
        void this.#open();
      };
      this.#lines.push(line);
      return;
    }
  }
}
