import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Contact, EngineApi, EngineEvent, Message } from '@sotto/engine/api';
import { end, type Playground } from './processes.ts';

interface Answer {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: EngineEvent;
  readonly result?: unknown;
  readonly error?: { message: string; data?: { code?: string } };
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** The process was killed before it answered: whether the call was carried out is not known. */
export class Unanswered extends Error {}

/** `sotto rpc` on one profile: an engine as a process of its own, that can be killed and started again. */
export class RpcProcess {
  readonly #playground: Playground;
  readonly #args: readonly string[];
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #child: ChildProcess | null = null;
  #next = 1;
  #errors = '';

  constructor(playground: Playground, profile: string, args: readonly string[] = []) {
    this.#playground = playground;
    this.#args = ['rpc', '--profile', profile, ...args];
  }

  start(): void {
    const child = this.#playground.start(this.#args, { input: true });
    this.#child = child;
    child.stderr!.on('data', (data: Buffer) => (this.#errors += data.toString()));
    // What is written to a process that was just killed.
    child.stdin!.on('error', () => undefined);
    createInterface({ input: child.stdout! }).on('line', (line) => this.#onLine(line));
    child.once('close', () => {
      if (this.#child === child) this.#fail();
    });
  }

  /** As a power cut does it to a process. Calls under way reject with Unanswered. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    return await this.#end('SIGTERM');
  }

  /** @throws Unanswered, or an Error with the message of the answer */
  call<Method extends keyof EngineApi>(
    method: Method,
    params: Parameters<EngineApi[Method]>[0],
  ): ReturnType<EngineApi[Method]> {
    const id = this.#next++;
    const answer = new Promise<never>((resolve, reject) => {
      if (this.#child === null) reject(new Unanswered(`${method}: not running`));
      else this.#waiting.set(id, { resolve, reject });
    });
    this.#child?.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answer as ReturnType<EngineApi[Method]>;
  }

  /** Calls `listener` with every event, whichever process it comes from, until the returned function is called. */
  on(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the first event that `wanted` accepts. */
  event(wanted: (event: EngineEvent) => boolean): Promise<EngineEvent> {
    return new Promise((resolve) => {
      const off = this.on((event) => {
        if (!wanted(event)) return;
        off();
        resolve(event);
      });
    });
  }

  /** Resolves once the node answers. */
  async online(): Promise<void> {
    const online = this.event((event) => event.type === 'connection' && event.connection.state === 'online');
    if ((await this.call('connection', {})).state !== 'online') await online;
  }

  async contact(name: string): Promise<Contact> {
    const contact = (await this.call('contacts', {})).find((known) => known.name === name);
    if (contact === undefined) throw new Error(`no contact is called ${name}`);
    return contact;
  }

  /** The whole history of one conversation, or of all. */
  async history(conversation?: string): Promise<Message[]> {
    const all: Message[] = [];
    for (let after = 0; ;) {
      const scope = conversation === undefined ? {} : { conversation };
      const { messages, more } = await this.call('history', { after, limit: 1000, ...scope });
      all.push(...messages);
      after = messages.at(-1)?.position ?? after;
      if (!more) return all;
    }
  }

  /** Standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    const code = await end(child, signal);
    if (this.#child === child) this.#fail();
    return code;
  }

  #onLine(line: string): void {
    const { id, method, params, result, error } = parse(line);
    if (method === 'event' && params !== undefined) for (const listener of this.#listeners) listener(params);
    const waiting = this.#waiting.get(Number(id));
    this.#waiting.delete(Number(id));
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new Error(`${error.data?.code ?? 'error'}: ${error.message}`));
  }

  #fail(): void {
    this.#child = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new Unanswered('the process ended'));
  }
}

/** A process that is killed leaves half a line. */
function parse(line: string): Answer {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return {};
  }
}
