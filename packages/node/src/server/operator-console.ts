import { createInterface, type Interface } from 'node:readline';
import type { NodeCore } from '../node-core.ts';
import type { Announced } from '../room/announcer.ts';

const HELP = [
  'A line is announced to everybody here, signed by the node.',
  '@Name message   announces it to one guest',
  '/list           who is here',
  '/help           this',
];

/** The operator's terminal on a private room or live node (NODE-53): lines become announcements. */
export class OperatorConsole {
  readonly #core: NodeCore;
  readonly #write: (line: string) => void;
  readonly #lines: Interface;

  constructor(core: NodeCore, input: NodeJS.ReadableStream, write: (line: string) => void) {
    this.#core = core;
    this.#write = write;
    this.#lines = createInterface({ input, terminal: false });
    this.#lines.on('line', (line) => this.enter(line));
  }

  close(): void {
    this.#lines.close();
  }

  /** One line as typed. */
  enter(line: string): void {
    // Guests' screens clean what they show; this keeps the signed text itself plain.
    const text = line.replace(/\p{Cc}/gu, ' ').trim();
    if (text === '') return;
    if (text === '/help') for (const help of HELP) this.#write(help);
    else if (text === '/list') this.#list();
    else if (text.startsWith('/')) this.#write(`Unknown command ${text.split(' ', 1)[0]}. ${HELP[3]}`);
    else if (text.startsWith('@')) this.#toOne(text.slice(1));
    else this.#report(this.#core.announcer?.toAll(text) ?? { state: 'nobody' });
  }

  #list(): void {
    const guests = [...(this.#core.guests ?? [])];
    if (guests.length === 0) this.#write('Nobody is here.');
    for (const { name, token } of guests) this.#write(`${name}  ${token}`);
  }

  /** Names may hold spaces: the longest one that fits is meant. */
  #toOne(rest: string): void {
    const words = rest.split(' ');
    for (let length = words.length - 1; length >= 1; length--) {
      const name = words.slice(0, length).join(' ');
      if (this.#core.guests?.named(name) === undefined) continue;
      this.#report(
        this.#core.announcer?.toOne(name, words.slice(length).join(' ').trim()) ?? { state: 'unknown-name' },
      );
      return;
    }
    const known = this.#core.guests?.named(rest) !== undefined;
    this.#write(known ? 'There is no message after the name.' : 'Nobody of that name is here; /list shows who is.');
  }

  #report(announced: Announced): void {
    switch (announced.state) {
      case 'sent':
        this.#write(announced.guests === 1 ? 'Announced to 1 guest.' : `Announced to ${announced.guests} guests.`);
        break;
      case 'nobody':
        this.#write('Nobody is here.');
        break;
      case 'unknown-name':
        this.#write('Nobody of that name is here; /list shows who is.');
        break;
      case 'too-long':
        this.#write('That is too long for an announcement; nothing was sent.');
        break;
    }
  }
}
