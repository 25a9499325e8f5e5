import type { Engine, EngineEvent, Message } from '@sotto/engine';
import { parseAddress } from '@sotto/protocol/identity';
import { AGAIN_MS, ClientProgram, describeError, type ProgramParts } from './client-program.ts';
import type { ShownRow } from './history-events.ts';
import type { Journal } from './journal.ts';
import type { VirtualProcess } from './virtual-process.ts';

/** A message that a person wants to send. */
interface Wish {
  readonly id: string;
  readonly text: string;
}

/** Somebody with one device who writes to somebody else, and writes down what the screen shows. */
export class Person {
  readonly name: string;
  readonly program: ClientProgram;
  /** Their invite link, as soon as there is one. */
  invite = '';
  /** Their account, as soon as the program said it. */
  address = '';
  readonly #journal: Journal;
  readonly #wishes: Wish[] = [];
  /** Messages that are not delivered, as far as this person knows. */
  readonly #undelivered = new Set<string>();
  #other: Person | null = null;
  #waits = false;
  #knowsOther = false;
  #lastNumber = 0;
  /** The life in which a wish is being fulfilled. */
  #pumping: VirtualProcess | null = null;

  constructor(parts: ProgramParts) {
    this.name = parts.name;
    this.#journal = parts.journal;
    this.program = new ClientProgram(parts, {
      opened: (engine) => this.#opened(engine),
      heard: (event) => this.#hear(event),
    });
  }

  /** Everything was taken over by the program and is delivered. */
  get isDone(): boolean {
    return this.#wishes.length === 0 && this.#undelivered.size === 0;
  }

  owns(mailbox: Uint8Array): boolean {
    return this.address !== '' && Buffer.compare(parseAddress(this.address), mailbox) === 0;
  }

  /** @param waits does not add the other, whose first message is a request then and is accepted when it is seen */
  meet(other: Person, waits: boolean): void {
    this.#other = other;
    this.#waits = waits;
  }

  /** Wants to send one more message. */
  write(text: string): void {
    const other = this.#partner();
    const id = hexOf(`${this.name}${String(++this.#lastNumber).padStart(4, '0')}`);
    this.#wishes.push({ id, text });
    this.#journal.add({ type: 'tried', by: this.name, to: other.name, id, text });
    this.pump();
  }

  /** Reads everything that is on the screen. */
  read(): void {
    const conversation = this.#partner().address;
    this.#try(async (engine) => {
      const { messages } = await engine.history({ conversation, limit: 1 });
      await engine.markRead({ conversation, upTo: messages[0]?.position ?? 0 });
    });
  }

  type(active: boolean): void {
    this.#try((engine) => engine.typing({ to: this.#partner().address, active }));
  }

  /** Another name: contacts are told inside the next messages. */
  rename(name: string): void {
    this.#try((engine) => engine.setProfile({ name }));
  }

  /** Writes down what the screen shows. */
  async look(): Promise<void> {
    const { engine } = this.program;
    const { name, address } = this.#partner();
    if (engine === null || (await engine.contacts({})).length === 0) return;
    const { messages } = await engine.history({ conversation: address, limit: 1000 });
    const rows = messages.filter(({ outgoing }) => !outgoing).map(rowOf);
    this.#journal.add({ type: 'history', by: this.name, from: name, rows });
    for (const message of messages) if (message.outgoing) this.#noteState(message);
  }

  /** Sends what is wished for, one after the other; what the program did not confirm is sent again under its id. */
  pump(): void {
    const { engine, process } = this.program;
    const other = this.#partner();
    if (engine === null || process === null || this.#pumping === process) return;
    const [wish] = this.#wishes;
    if (this.#knowsOther ? wish === undefined : other.invite === '') return;
    const step = this.#knowsOther && wish !== undefined ? this.#send(engine, other, wish) : this.#learn(engine, other);
    this.#pumping = process;
    const goOn = (again: boolean): void => {
      if (this.#pumping !== process) return;
      this.#pumping = null;
      if (again) this.pump();
    };
    step.then(goOn, (error: unknown) => {
      if (!process.alive) return;
      this.#journal.note(this.name, `refused: ${describeError(error)}`);
      process.clock.after(AGAIN_MS, () => goOn(true));
    });
  }

  #partner(): Person {
    if (this.#other === null) throw new Error('Nobody was met.');
    return this.#other;
  }

  async #opened(engine: Engine): Promise<void> {
    await this.#learnInvite(engine);
    await this.look();
    this.pump();
  }

  async #learnInvite(engine: Engine): Promise<void> {
    const { address, invite } = await engine.whoami();
    this.address = address;
    if (invite !== '') this.invite = invite;
  }

  /** @returns whether there is somebody to write to */
  async #learn(engine: Engine, other: Person): Promise<boolean> {
    const [known] = await engine.contacts({});
    if (known?.status === 'request') await engine.updateContact({ address: known.address, status: 'accepted' });
    else if (known === undefined && this.#waits) return false;
    else if (known === undefined) await engine.add({ to: other.invite });
    this.#knowsOther = true;
    return true;
  }

  /** @returns whether it was taken over */
  async #send(engine: Engine, other: Person, { id, text }: Wish): Promise<boolean> {
    const { process } = this.program;
    const { state } = await engine.send({ id, to: other.address, text });
    // A program that died with its answer told nobody.
    if (process?.alive !== true) return false;
    this.#wishes.shift();
    if (state !== 'delivered' && state !== 'read') this.#undelivered.add(id);
    this.#journal.add({ type: 'sent', by: this.name, id });
    return true;
  }

  #hear(event: EngineEvent): void {
    switch (event.type) {
      case 'message':
      case 'changed':
        if (event.message.outgoing) this.#noteState(event.message);
        else this.#journal.add({ type: 'shown', by: this.name, from: this.#partner().name, row: rowOf(event.message) });
        break;
      case 'connection':
        this.#journal.note(this.name, `is ${event.connection.state}. ${event.connection.problem ?? ''}`);
        if (this.invite === '') this.#try((engine) => this.#learnInvite(engine));
        break;
      case 'contact':
        if (event.contact.status === 'request') this.pump();
        break;
      case 'notice':
        // Full disks and lost connections are told under codes of their own.
        if (event.code === 'failed') this.#journal.add({ type: 'fault', by: this.name, text: event.text });
        else this.#journal.note(this.name, `notice ${event.code}: ${event.text}`);
        break;
      default:
        break;
    }
  }

  #noteState({ id, state }: Message): void {
    this.#journal.add({ type: 'state', by: this.name, id, state });
    if (state === 'delivered' || state === 'read') this.#undelivered.delete(id);
    if (state === 'failed') this.program.process?.clock.after(AGAIN_MS, () => this.#sendAgain(id));
  }

  /** What a person does who reads that a message failed. */
  #sendAgain(id: string): void {
    this.#journal.add({ type: 'resent', by: this.name, id });
    this.#try(
      (engine) => engine.resend({ id }),
      () => this.#sendAgain(id),
    );
  }

  #try(call: (engine: Engine) => Promise<unknown>, again: (() => void) | null = null): void {
    const { engine, process } = this.program;
    if (engine === null || process === null) return;
    call(engine).catch((error: unknown) => {
      if (!process.alive) return;
      this.#journal.note(this.name, `refused: ${describeError(error)}`);
      if (again !== null) process.clock.after(AGAIN_MS, again);
    });
  }
}

function rowOf({ id, position, content }: Message): ShownRow {
  if ('text' in content) return { kind: 'text', position, id, text: content.text };
  if ('gap' in content) return { kind: 'gap', position, missing: content.gap };
  return { kind: 'undecryptable' in content ? 'undecryptable' : 'unknown', position, id };
}

/** A readable message id of 16 bytes. */
const hexOf = (text: string): string => Buffer.from(text.padEnd(16, '.')).toString('hex');
