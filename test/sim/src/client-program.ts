import {
  type ClientStore,
  createIdentity,
  type Engine,
  EngineError,
  type EngineEvent,
  hasIdentity,
  openEngine,
  type Platform,
  writeBackup,
} from '@sotto/engine';
import { NodeStore } from '@sotto/engine/platform/node';
import type { Primitives } from '@sotto/protocol/crypto';
import { ClientDisk, type CrashMoment } from './client-disk.ts';
import { type DiskImage, imageOf, storeOf } from './disk-image.ts';
import type { Journal } from './journal.ts';
import type { RandomSource } from './random-source.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualNetwork } from './virtual-network.ts';
import { ProcessEnded, VirtualProcess } from './virtual-process.ts';

export interface ProgramParts {
  /** Of the device; also the name of the host in the network. */
  readonly name: string;
  /** What others see of its owner, when it makes an account. */
  readonly profileName: string;
  readonly primitives: Primitives;
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly random: RandomSource;
  readonly journal: Journal;
  readonly nodeUrl: string;
  /** How far the clock is ahead, for one life of the program. */
  readonly skewMs: () => number;
  /** Makes it one more device of an account there is; null: it makes an account. */
  readonly join: ((platform: Platform, process: VirtualProcess) => Promise<void>) | null;
}

/** What a person sees of the program. Nothing of a life that has ended comes here. */
export interface ProgramEvents {
  /** A new life takes up where the last one ended. */
  opened(engine: Engine): Promise<void>;
  heard(event: EngineEvent): void;
}

/** Before a program that could not start is started again, or a person tries again what was refused. */
export const AGAIN_MS = 3000;

/** What a passphrase costs here: nobody guesses it. */
const CHEAP = { memoryKiB: 8 << 10, passes: 1 };

/** The engine of one profile: started, killed and started again; the disk stays. */
export class ClientProgram {
  diskIsFull = false;
  /** Nobody starts it. */
  isOff = false;
  /** Called when a life has ended. */
  onEnd: () => void = () => undefined;
  readonly #parts: ProgramParts;
  readonly #events: ProgramEvents;
  readonly #databaseKey: Uint8Array;
  #durable: ClientStore = new NodeStore(':memory:');
  #process: VirtualProcess | null = null;
  #disk: ClientDisk | null = null;
  #engine: Engine | null = null;
  #plannedCrash: { readonly commits: number; readonly moment: CrashMoment } | null = null;

  constructor(parts: ProgramParts, events: ProgramEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#databaseKey = parts.random.bytes(32);
  }

  /** The disk, as somebody sees it who looks at it from outside. */
  get durable(): ClientStore {
    return this.#durable;
  }

  imageDisk(): DiskImage {
    return imageOf(this.#durable);
  }

  /** The program must not be running. */
  restoreDisk(image: DiskImage): void {
    this.#durable.close();
    this.#durable = storeOf(image);
  }

  /** The life that goes on now. */
  get process(): VirtualProcess | null {
    return this.#process?.alive === true ? this.#process : null;
  }

  /** null while it is not running, or starting or ending. */
  get engine(): Engine | null {
    return this.process === null ? null : this.#engine;
  }

  start(): void {
    if (this.process !== null || this.isOff) return;
    const { clock, journal, name } = this.#parts;
    const process = new VirtualProcess(clock, this.#parts.skewMs());
    const disk = new ClientDisk(this.durable, process, () => this.diskIsFull);
    if (this.#plannedCrash !== null) disk.crashAt(this.#plannedCrash.commits, this.#plannedCrash.moment);
    this.#plannedCrash = null;
    this.#process = process;
    this.#disk = disk;
    this.#engine = null;
    journal.add({ type: 'restarted', by: name });
    process.onKill(() => void clock.after(0, () => this.onEnd()));
    this.#open(process, disk).catch((error: unknown) => {
      if (!process.alive) return;
      journal.note(name, `does not start: ${describeError(error)}`);
      process.kill();
      clock.after(AGAIN_MS, () => this.start());
    });
  }

  /** The process is gone, whatever it was doing. */
  kill(): void {
    this.#process?.kill();
  }

  /** The process will be gone at one of its next commits; when it is not running, of its next life. */
  killAtCommit(commits: number, moment: CrashMoment): void {
    if (this.process === null) this.#plannedCrash = { commits, moment };
    else this.#disk?.crashAt(commits, moment);
  }

  /** No death is planned any more. */
  spare(): void {
    this.#plannedCrash = null;
    this.#disk?.spare();
  }

  /** It ends by itself. */
  close(): void {
    const { engine, process } = this;
    if (process === null) return;
    if (engine === null) return process.kill();
    this.#engine = null;
    const end = (): void => process.kill();
    engine.close().then(end, end);
  }

  /** For good. */
  dispose(): void {
    this.onEnd = () => undefined;
    this.kill();
    this.durable.close();
  }

  /** Everything of this profile, as a backup of it would be read. */
  async backup(passphrase: Uint8Array): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const store = storeOf(this.imageDisk());
    const process = new VirtualProcess(this.#parts.clock, 0);
    const options = { passphrase, onProgress: () => undefined, signal: null, cost: CHEAP };
    const write = (bytes: Uint8Array): Promise<void> => Promise.resolve(void parts.push(bytes.slice()));
    await writeBackup(this.#platform(process, store), { write }, options);
    store.close();
    return Buffer.concat(parts);
  }

  #platform(process: VirtualProcess, store: ClientStore): Platform {
    const { primitives, random, network, name } = this.#parts;
    return {
      primitives,
      random: random.bytes,
      clock: process.clock,
      dialer: network.dialerOf(process, name),
      store,
      openMemoryStore: (image) => NodeStore.inMemory(image),
      databaseKey: this.#databaseKey,
      keyProtection: 'memory',
      freeBytes: () => null,
    };
  }

  async #open(process: VirtualProcess, disk: ClientDisk): Promise<void> {
    const { nodeUrl, profileName, join } = this.#parts;
    const platform = this.#platform(process, disk);
    if (!hasIdentity(platform)) {
      await (join === null ? createIdentity(platform, { name: profileName, node: nodeUrl }) : join(platform, process));
    }
    if (!process.alive) return;
    const engine = await openEngine(platform);
    if (!process.alive) return;
    this.#engine = engine;
    engine.on((event) => process.run(() => this.#events.heard(event)));
    await this.#events.opened(engine);
  }
}

export function describeError(error: unknown): string {
  if (error instanceof ProcessEnded) return 'the process was killed';
  if (error instanceof EngineError) return error.code;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
