import {
  type ClientStore,
  createIdentity,
  type Engine,
  EngineError,
  type EngineEvent,
  hasIdentity,
  type Message,
  openEngine,
  type Platform,
} from '@sotto/engine';
import { NodeStore } from '@sotto/engine/platform/node';
import type { RelayStore } from '@sotto/node';
import type { Primitives } from '@sotto/protocol/crypto';
import { parseAddress } from '@sotto/protocol/identity';
import { ClientDisk, type CrashMoment } from './client-disk.ts';
import type { ShownRow } from './history-events.ts';
import type { Journal } from './journal.ts';
import type { RandomSource } from './random-source.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualNetwork } from './virtual-network.ts';
import { ProcessEnded, VirtualProcess } from './virtual-process.ts';

export interface PersonParts {
  readonly name: string;
  readonly primitives: Primitives;
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly random: RandomSource;
  readonly journal: Journal;
  readonly nodeUrl: string;
  /** How far the person's clock is ahead, for one life of the program. */
  readonly skewMs: () => number;
}

/** A message that a person wants to send. */
interface Wish {
  readonly id: string;
  readonly text: string;
}

const AGAIN_MS = 3000;

/** Somebody with one device: the program is started, killed and started again; the disk stays. */
export class Person {
  readonly name: string;
  /** The disk, as somebody sees it who looks at it from outside. */
  readonly durable: ClientStore = new NodeStore(':memory:');
  /** Their invite link, as soon as there is one. */
  invite = '';
  diskIsFull = false;
  readonly #parts: PersonParts;
  readonly #databaseKey: Uint8Array;
  readonly #wishes: Wish[] = [];
  /** Messages of this person that are not delivered yet, as far as this person knows. */
  readonly #undelivered = new Set<string>();
  #process: VirtualProcess | null = null;
  #disk: ClientDisk | null = null;
  #engine: Engine | null = null;
  #other: Person | null = null;
  #waits = false;
  #knowsOther = false;
  #address = '';
  #nextId = 1;
  /** The life in which a wish is being fulfilled. */
  #pumping: VirtualProcess | null = null;

  constructor(parts: PersonParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#databaseKey = parts.random.bytes(32);
  }

  get isRunning(): boolean {
    return this.#process?.alive === true;
  }

  /** Everything was taken over by the program and is delivered. */
  get isDone(): boolean {
    return this.#wishes.length === 0 && this.#undelivered.size === 0;
  }

  /** The account, once the program said it. */
  get address(): string {
    return this.#address;
  }

  /** Starts the program, which takes up where its last life ended. */
  start(): void {
    if (this.isRunning) return;
    const { clock, journal } = this.#parts;
    const process = new VirtualProcess(clock, this.#parts.skewMs());
    this.#process = process;
    this.#disk = new ClientDisk(this.durable, process, () => this.diskIsFull);
    journal.add({ type: 'restarted', by: this.name });
    this.#open(process, this.#disk).catch((error: unknown) => {
      if (!process.alive) return;
      journal.note(this.name, `does not start: ${describe(error)}`);
      this.#engine = null;
      process.kill();
      clock.after(AGAIN_MS, () => this.start());
    });
  }

  /** The process is gone, whatever it was doing. */
  kill(): void {
    this.#engine = null;
    this.#process?.kill();
  }

  /** The process will be gone at one of its next commits. */
  killAtCommit(commits: number, moment: CrashMoment): void {
    this.#disk?.crashAt(commits, moment);
  }

  /** No death is planned any more. */
  spare(): void {
    this.#disk?.spare();
  }

  /** For good. */
  dispose(): void {
    this.onEnd = () => undefined;
    this.kill();
    this.durable.close();
  }

  owns(mailbox: Uint8Array): boolean {
    return this.#address !== '' && Buffer.compare(parseAddress(this.#address), mailbox) === 0;
  }

  /** Envelopes that wait for this person. */
  queuedAt(store: RelayStore): Promise<number> {
    return this.#address === '' ? Promise.resolve(0) : store.waiting(parseAddress(this.#address), 1);
  }

  /** The program ends by itself. */
  close(): void {
    const engine = this.#engine;
    const process = this.#process;
    this.#engine = null;
    if (engine === null || process?.alive !== true) return;
    const end = (): void => process.kill();
    engine.close().then(end, end);
  }

  /** Calls back whenever a life ends. */
  onEnd: () => void = () => undefined;

  /** @param waits does not add the other, whose first message is a request then and is accepted when it is seen */
  meet(other: Person, waits: boolean): void {
    this.#other = other;
    this.#waits = waits;
  }

  /** Wants to send one more message. */
  write(text: string): void {
    const id = `${this.name}${String(this.#nextId++).padStart(4, '0')}`;
    this.#wishes.push({ id: hexOf(id), text });
    if (this.#other !== null) {
      this.#parts.journal.add({ type: 'tried', by: this.name, to: this.#other.name, id: hexOf(id), text });
    }
    this.pump();
  }

  /** Reads everything that is on the screen. */
  read(): void {
    const engine = this.#engine;
    const conversation = this.#other?.address;
    if (engine === null || conversation === undefined) return;
    this.#try(
      engine.history({ conversation, limit: 1 }).then(async ({ messages: [newest] }) => {
        if (newest !== undefined) await engine.markRead({ conversation, upTo: newest.position });
      }),
    );
  }

  type(active: boolean): void {
    if (this.#other !== null && this.#engine !== null) {
      this.#try(this.#engine.typing({ to: this.#other.address, active }));
    }
  }

  /** Another name: contacts are told inside the next messages. */
  rename(name: string): void {
    if (this.#engine !== null) this.#try(this.#engine.setProfile({ name }));
  }

  /** Writes down what the screen shows. */
  async look(): Promise<void> {
    const other = this.#other;
    if (this.#engine === null || other === null || other.address === '') return;
    if ((await this.#engine.contacts({})).length === 0) return;
    const { messages } = await this.#engine.history({ conversation: other.address, limit: 1000 });
    const rows = messages.filter(({ outgoing }) => !outgoing).map(rowOf);
    this.#parts.journal.add({ type: 'history', by: this.name, from: other.name, rows });
    for (const message of messages) if (message.outgoing) this.#noteState(message);
  }

  async #open(process: VirtualProcess, disk: ClientDisk): Promise<void> {
    const { primitives, random, network, nodeUrl, name, clock } = this.#parts;
    process.onKill(() => {
      clock.after(0, () => this.onEnd());
    });
    const platform: Platform = {
      primitives,
      random: random.bytes,
      clock: process.clock,
      dialer: network.dialerOf(process, name),
      store: disk,
      openMemoryStore: () => new NodeStore(':memory:'),
      databaseKey: this.#databaseKey,
    };
    if (!hasIdentity(platform)) await createIdentity(platform, { name, node: nodeUrl });
    const engine = await openEngine(platform);
    if (!process.alive) return;
    this.#engine = engine;
    engine.on((event) => process.run(() => this.#hear(event)));
    await this.#learnInvite(engine);
    await this.look().catch(() => undefined);
    this.pump();
  }

  async #learnInvite(engine: Engine): Promise<void> {
    const { address, invite } = await engine.whoami();
    this.#address = address;
    if (invite !== '') this.invite = invite;
  }

  #hear(event: EngineEvent): void {
    const { journal } = this.#parts;
    switch (event.type) {
      case 'message':
      case 'changed':
        if (event.message.outgoing) this.#noteState(event.message);
        else if (this.#other !== null) {
          journal.add({ type: 'shown', by: this.name, from: this.#other.name, row: rowOf(event.message) });
        }
        break;
      case 'connection':
        if (this.invite === '' && this.#engine !== null) this.#try(this.#learnInvite(this.#engine));
        break;
      case 'contact':
        if (event.contact.status === 'request') this.pump();
        break;
      case 'notice':
        journal.note(this.name, `notice ${event.code}: ${event.text}`);
        break;
      default:
        break;
    }
  }

  #noteState({ id, state }: Message): void {
    this.#parts.journal.add({ type: 'state', by: this.name, id, state });
    if (state === 'delivered' || state === 'read') this.#undelivered.delete(id);
    if (state === 'failed') this.#process?.clock.after(AGAIN_MS, () => this.#sendAgain(id));
  }

  /** What a person does who reads that a message failed. */
  #sendAgain(id: string): void {
    if (this.#engine === null) return;
    this.#parts.journal.add({ type: 'resent', by: this.name, id });
    this.#try(this.#engine.resend({ id }));
  }

  /** Sends what is wished for, one after the other; what the program did not confirm is sent again under its id. */
  pump(): void {
    const engine = this.#engine;
    const other = this.#other;
    const process = this.#process;
    if (engine === null || other === null || process === null || this.#pumping === process) return;
    const [wish] = this.#wishes;
    if (this.#knowsOther ? wish === undefined : other.invite === '') return;
    const step = this.#knowsOther && wish !== undefined ? this.#send(engine, other, wish) : this.#learn(engine, other);
    this.#pumping = process;
    const goOn = (): void => {
      if (this.#pumping !== process) return;
      this.#pumping = null;
      this.pump();
    };
    step.then(
      (again) => {
        if (again) goOn();
        else if (this.#pumping === process) this.#pumping = null;
      },
      (error: unknown) => {
        if (!process.alive) return;
        this.#parts.journal.note(this.name, `refused: ${describe(error)}`);
        process.clock.after(AGAIN_MS, goOn);
      },
    );
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

  async #send(engine: Engine, other: Person, { id, text }: Wish): Promise<boolean> {
    const process = this.#process;
    const { state } = await engine.send({ id, to: other.address, text });
    // A program that died with its answer told nobody.
    if (process?.alive !== true) return false;
    this.#wishes.shift();
    if (state !== 'delivered' && state !== 'read') this.#undelivered.add(id);
    this.#parts.journal.add({ type: 'sent', by: this.name, id });
    return true;
  }

  #try(call: Promise<unknown>): void {
    const process = this.#process;
    call.catch((error: unknown) => {
      if (process?.alive === true) this.#parts.journal.note(this.name, `refused: ${describe(error)}`);
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

function describe(error: unknown): string {
  if (error instanceof ProcessEnded) return 'the process was killed';
  if (error instanceof EngineError) return error.code;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
