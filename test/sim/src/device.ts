import { type Engine, EngineError, type EngineEvent, type Message } from '@sotto/engine';
import { AGAIN_MS, ClientProgram, describeError, type ProgramParts } from './client-program.ts';
import type { DiskImage } from './disk-image.ts';
import type { Change, ShownRow } from './history-events.ts';
import type { Journal } from './journal.ts';
import type { Person } from './person.ts';
import type { RandomSource } from './random-source.ts';
import { rowOf } from './shown-rows.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualProcess } from './virtual-process.ts';

/** What is to be done in the conversation with somebody: a message sent or changed, or given an end. */
type Wish = { readonly to: Person } & (
  | { readonly kind: 'text'; readonly id: string; readonly text: string }
  | { readonly kind: 'change'; readonly id: string; readonly change: Change }
  | { readonly kind: 'timer'; readonly seconds: number }
);

/** A message with words that was on the screen. */
interface Seen {
  readonly id: string;
  readonly with: Person;
  readonly own: boolean;
}

/** What was known when the disk was copied. */
interface Image {
  readonly number: number;
  readonly disk: DiskImage;
  readonly undelivered: ReadonlySet<string>;
}

/** One device of a person, who writes on it to others; what its screen shows is written down. */
export class Device {
  readonly name: string;
  readonly person: Person;
  readonly program: ClientProgram;
  /** Within the account, 1..127; 0: not known yet. */
  number = 0;
  isRevoked = false;
  readonly #journal: Journal;
  readonly #clock: VirtualClock;
  /** Not the first of its account. */
  readonly #joins: boolean;
  readonly #wishes: Wish[] = [];
  readonly #written = new Set<string>();
  /** Messages that are not delivered, as far as is shown here. */
  #undelivered = new Set<string>();
  readonly #knows = new Set<Person>();
  /** The newest last. */
  readonly #seen = new Map<string, Seen>();
  /** What was written down last, by message. */
  readonly #noted = new Map<string, string>();
  #lastNumber = 0;
  #lastImage = 0;
  /** The life in which a wish is being fulfilled. */
  #pumping: VirtualProcess | null = null;

  constructor(person: Person, parts: ProgramParts) {
    this.name = parts.name;
    this.person = person;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#joins = parts.join !== null;
    this.program = new ClientProgram(parts, {
      opened: (engine) => this.#opened(engine),
      heard: (event) => this.#hear(event),
    });
  }

  /** Belongs to its account; everything was taken over by the program and is delivered. */
  get isDone(): boolean {
    return this.isRevoked || (this.number > 0 && this.#wishes.length === 0 && this.#undelivered.size === 0);
  }

  /** Knows everybody it will ever write to. */
  get isSettled(): boolean {
    return this.#knows.size === this.person.others.length;
  }

  /** Switched off, for longer than a restart takes. */
  sleep(): void {
    this.program.isOff = true;
    this.program.close();
  }

  wakeUp(): void {
    this.program.isOff = false;
    this.program.start();
  }

  /** Wants to send one more message. */
  write(to: Person, text: string): void {
    if (this.isRevoked) return;
    const id = hexOf(`${this.name}${String(++this.#lastNumber).padStart(4, '0')}`);
    this.#wishes.push({ kind: 'text', id, to, text });
    this.#written.add(id);
    this.#journal.add({ type: 'tried', by: this.name, to: to.name, id, text });
    this.pump();
  }

  /** Wants to change one of the newest messages on the screen. @param own one of the person's own */
  change(change: Change, own: boolean, random: RandomSource): void {
    const choices = [...this.#seen.values()].filter((seen) => seen.own === own).slice(-NEWEST);
    const [first, ...more] = choices;
    if (this.isRevoked || first === undefined) return;
    const { id, with: to } = random.pick([first, ...more]);
    this.#wishes.push({ kind: 'change', id, to, change });
    this.pump();
  }

  /** Wants the messages of a conversation to disappear after so long. */
  setTimer(to: Person, seconds: number): void {
    if (this.isRevoked) return;
    this.#wishes.push({ kind: 'timer', to, seconds });
    this.pump();
  }

  /** Reads everything that is on the screen. */
  read(from: Person): void {
    const conversation = from.address;
    this.#try(async (engine) => {
      const { messages } = await engine.history({ conversation, limit: 1 });
      await engine.markRead({ conversation, upTo: messages[0]?.position ?? 0 });
    });
  }

  type(to: Person, active: boolean): void {
    this.#try((engine) => engine.typing({ to: to.address, active }));
  }

  /** Another name: contacts are told inside the next messages. */
  rename(name: string): void {
    this.#try((engine) => engine.setProfile({ name }));
  }

  /** Writes down what the screen shows. */
  async look(): Promise<void> {
    const { engine, process } = this.program;
    if (engine === null || process === null) return;
    const known = await engine.contacts({});
    for (const { name, address } of this.person.others) {
      if (!known.some((contact) => contact.address === address)) continue;
      const { messages } = await engine.history({ conversation: address, limit: 1000 });
      if (!process.alive) return;
      const rows = messages.map((message) => this.#rowOf(message));
      this.#journal.add({ type: 'history', by: this.name, from: name, rows, at: process.clock.now() });
      for (const message of messages) if (message.outgoing) this.#noteState(message);
    }
  }

  /** Copies the disk, as it is now. */
  image(): Image {
    const number = ++this.#lastImage;
    this.#journal.add({ type: 'imaged', by: this.name, image: number });
    return { number, disk: this.program.imageDisk(), undelivered: new Set(this.#undelivered) };
  }

  /** Puts an old copy of the disk in place of the newest; the program is not running then. */
  restore({ number, disk, undelivered }: Image): void {
    this.program.kill();
    this.program.restoreDisk(disk);
    this.#undelivered = new Set(undelivered);
    this.#journal.add({ type: 'restored', by: this.name, image: number });
  }

  /** Tells a new device, which shows this code, that it is one of the account's. @param onRefusal it has to show another one */
  approve(code: string, name: string, onRefusal: () => void): void {
    const { engine, process } = this.program;
    if (engine === null || process === null) return onRefusal();
    engine.approveLink({ code, name, history: true }).catch((error: unknown) => {
      this.#journal.note(this.name, `does not approve of ${name}: ${describeError(error)}`);
      onRefusal();
    });
  }

  /** The account does not count on the other device any more. */
  revoke(other: Device): void {
    void this.#revokes(other).then((isDone) => {
      if (!isDone) return this.#clock.after(AGAIN_MS, () => this.revoke(other));
      if (other.isRevoked) return;
      other.isRevoked = true;
      other.#wishes.length = 0;
      return this.#journal.add({ type: 'revoked', by: other.name });
    });
  }

  async #revokes(other: Device): Promise<boolean> {
    try {
      if (this.program.engine === null) return false;
      await this.program.engine.revokeDevice({ device: other.number });
      return true;
    } catch (error) {
      this.#journal.note(this.name, `does not revoke ${other.name}: ${describeError(error)}`);
      // Done in a life that could not say so any more.
      return error instanceof EngineError && error.code === 'not-found';
    }
  }

  /** Sends what is wished for, one after the other; what the program did not confirm is sent again under its id. */
  pump(): void {
    const { engine, process } = this.program;
    if (engine === null || process === null || this.#pumping === process) return;
    const step = this.#nextStep(engine);
    if (step === null) return;
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

  /** null: nothing is to be done. Its answer: whether something more may be. */
  #nextStep(engine: Engine): Promise<boolean> | null {
    const stranger = this.person.others.find((other) => !this.#knows.has(other) && other.invite !== '');
    if (stranger !== undefined) return this.#learn(engine, stranger);
    const [wish] = this.#wishes;
    if (wish === undefined || !this.#knows.has(wish.to)) return null;
    switch (wish.kind) {
      case 'text':
        return this.#send(engine, wish);
      case 'change':
        return this.#change(engine, wish);
      case 'timer':
        return this.#setTimer(engine, wish);
    }
  }

  async #opened(engine: Engine): Promise<void> {
    this.#noted.clear();
    const isNew = this.number === 0 && this.#joins;
    await this.#learnInvite(engine);
    if (isNew) this.#journal.add({ type: 'joined', by: this.name, person: this.person.name });
    await this.look();
    this.pump();
  }

  async #learnInvite(engine: Engine): Promise<void> {
    const { address, invite, device } = await engine.whoami();
    this.number = device;
    this.person.address = address;
    if (invite !== '') this.person.invite = invite;
  }

  /** @returns whether there is somebody to write to */
  async #learn(engine: Engine, other: Person): Promise<boolean> {
    const known = (await engine.contacts({})).find(({ address }) => address === other.address);
    // What a person did on the first device, the others hear of.
    const waits = this.person.waitsFor.has(other) || this !== this.person.first;
    if (known?.status === 'request') await engine.updateContact({ address: known.address, status: 'accepted' });
    else if (known === undefined && waits) return false;
    else if (known === undefined) await engine.add({ to: other.invite });
    this.#knows.add(other);
    return true;
  }

  /** @returns whether it was taken over */
  async #send(engine: Engine, { id, to, text }: Wish & { kind: 'text' }): Promise<boolean> {
    const { process } = this.program;
    const { state } = await engine.send({ id, to: to.address, text });
    // A program that died with its answer told nobody.
    if (process?.alive !== true) return false;
    this.#wishes.shift();
    if (state !== 'delivered' && state !== 'read') this.#undelivered.add(id);
    this.#journal.add({ type: 'sent', by: this.name, id });
    return true;
  }

  /** @returns whether it was taken over, or cannot be */
  async #change(engine: Engine, { id, change }: Wish & { kind: 'change' }): Promise<boolean> {
    const { process } = this.program;
    if (process === null) return false;
    const at = process.clock.now();
    this.#journal.add({ type: 'changing', by: this.name, id, at, change });
    try {
      if ('text' in change) await engine.edit({ id, text: change.text });
      else if ('emoji' in change) await engine.react({ id, emoji: change.emoji });
      else await engine.delete({ id });
    } catch (error) {
      // It was taken back meanwhile, has disappeared, or an older disk does not know it.
      if (!(error instanceof EngineError) || error.retry || !NOT_THERE.has(error.code)) throw error;
      this.#wishes.shift();
      return true;
    }
    if (!process.alive) return false;
    this.#wishes.shift();
    this.#journal.add({ type: 'changed', by: this.name, id, at });
    return true;
  }

  /** @returns whether it was taken over */
  async #setTimer(engine: Engine, { to, seconds }: Wish & { kind: 'timer' }): Promise<boolean> {
    const { process } = this.program;
    this.#journal.add({ type: 'timing', by: this.name, to: to.name, seconds });
    await engine.setTimer({ conversation: to.address, seconds });
    if (process?.alive !== true) return false;
    this.#wishes.shift();
    return true;
  }

  #hear(event: EngineEvent): void {
    switch (event.type) {
      case 'message':
      case 'changed':
        this.#show(event.message);
        break;
      case 'connection':
        this.#journal.note(this.name, `is ${event.connection.state}. ${event.connection.problem ?? ''}`);
        // A device out of a backup may be given another number when it reaches the node.
        if (this.person.invite === '' || this.#joins) this.#try((engine) => this.#learnInvite(engine));
        break;
      case 'contact':
        if (!this.isSettled) this.pump();
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

  #show(message: Message): void {
    const from = this.person.others.find(({ address }) => address === message.conversation);
    if (from === undefined) return;
    const row = this.#rowOf(message);
    if (row.kind === 'text') this.#seen.set(row.id, { id: row.id, with: from, own: message.outgoing });
    const text = JSON.stringify(row);
    // A gap has another id each time it is told.
    if (!message.outgoing || this.#noted.get(message.id) !== text) {
      this.#noted.set(message.id, text);
      this.#journal.add({ type: 'shown', by: this.name, from: from.name, row });
    }
    if (message.outgoing) this.#noteState(message);
  }

  #rowOf(message: Message): ShownRow {
    return rowOf(message, this.program.durable, this.person);
  }

  #noteState({ id, state, content }: Message): void {
    // Of what was taken back it is told whether that is known.
    if (!('text' in content)) return void this.#undelivered.delete(id);
    this.#journal.add({ type: 'state', by: this.name, id, state });
    if (state === 'delivered' || state === 'read') this.#undelivered.delete(id);
    if (state === 'failed' && this.#written.has(id)) {
      this.program.process?.clock.after(AGAIN_MS, () => this.#sendAgain(id));
    }
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
      const isGone = error instanceof EngineError && error.code === 'not-found';
      if (again !== null && !isGone) process.clock.after(AGAIN_MS, again);
    });
  }
}

/** People change what they said just now. */
const NEWEST = 6;
const NOT_THERE: ReadonlySet<string> = new Set(['not-found', 'not-allowed']);

/** A readable message id of 16 bytes. */
const hexOf = (text: string): string => Buffer.from(text.padEnd(16, '.')).toString('hex');
