import { Cluster, Redis } from 'ioredis';
import { describeError, type Log } from '../../log.ts';
import { isCluster, type RedisAddress } from './redis-url.ts';
import { SCRIPTS } from './redis-scripts.ts';

/** The scripts, as the client offers them. */
interface Scripts {
  sottoKeep(key: string, value: string, seconds: number): Promise<string | null>;
  sottoDrop(key: string, value: string): Promise<number>;
  sottoTake(key: string, burst: number, perSecond: number): Promise<number>;
}

/** Told by a RedisLink. */
export interface RedisEars {
  onMessage(channel: string, message: Uint8Array): void;
  /** Commands work again: what was said meanwhile was said to nobody. */
  onSpeaking(): void;
  /** Messages come again: what others said meanwhile is lost. */
  onHearing(): void;
}

/** A command that takes longer is given up: nobody waits for Redis. */
const COMMAND_MS = 1000;
/** Between attempts to reach it: at most, so that two seconds after it is back all is well. */
const RETRY_MS = 800;

/**
 * The way to Redis, one server or a cluster. Nothing is kept for later while it is away: commands fail at once, and
 * its owner is told when it is back.
 */
export class RedisLink {
  readonly #log: Log;
  readonly #ears: RedisEars;
  readonly #channels: readonly string[];
  readonly #commands: (Redis | Cluster) & Scripts;
  /** null: a cluster's client does both. */
  readonly #subscriber: Redis | null;
  #away = false;

  constructor(address: RedisAddress, log: Log, channels: readonly string[], ears: RedisEars) {
    this.#log = log;
    this.#ears = ears;
    this.#channels = channels;
    if (isCluster(address)) {
      this.#commands = clusterOf(address) as Cluster & Scripts;
      this.#subscriber = null;
    } else {
      this.#commands = new Redis(optionsOf(address, true)) as Redis & Scripts;
      this.#subscriber = new Redis(optionsOf(address, false));
    }
    this.#listen();
  }

  /** Commands are worth a try. */
  get ready(): boolean {
    return this.#commands.status === 'ready';
  }

  connect(): void {
    // What fails is tried again, and logged by the handlers of 'error'.
    void this.#commands.connect().catch(() => {});
    void this.#subscriber?.connect().catch(() => {});
  }

  get(key: string): Promise<string | null> {
    return this.#commands.get(key);
  }

  /** @returns what was there before */
  replace(key: string, value: string, seconds: number): Promise<string | null> {
    return this.#commands.set(key, value, 'EX', seconds, 'GET');
  }

  /** @returns who has it; null: nobody knew, and it was written anew */
  keep(key: string, value: string, seconds: number): Promise<string | null> {
    return this.#commands.sottoKeep(key, value, seconds);
  }

  drop(key: string, value: string): Promise<number> {
    return this.#commands.sottoDrop(key, value);
  }

  async take(key: string, burst: number, perSecond: number): Promise<boolean> {
    return (await this.#commands.sottoTake(key, burst, perSecond)) === 1;
  }

  /** @returns false when something else is there already */
  async claim(key: string, value: string, seconds: number): Promise<boolean> {
    // A command that a cluster's client sent twice finds its own value.
    const held = await this.#commands.set(key, value, 'PX', seconds * 1000, 'NX', 'GET');
    return held === null || held === value;
  }

  async publish(channel: string, message: Buffer): Promise<void> {
    if (this.#subscriber === null) await this.#commands.spublish(channel, message);
    else await this.#commands.publish(channel, message);
  }

  /** Waits for what is under way, for a moment. */
  async close(): Promise<void> {
    const quit = this.#commands.quit().catch(() => {});
    await Promise.race([quit, new Promise((resolve) => setTimeout(resolve, COMMAND_MS))]);
    this.#commands.disconnect();
    this.#subscriber?.disconnect();
  }

  #listen(): void {
    const ears = this.#ears;
    const commands = this.#commands;
    const subscriber = this.#subscriber;
    const deliver = (channel: Buffer, message: Buffer): void => ears.onMessage(channel.toString(), message);
    const subscribe = (): void => {
      const done = subscriber === null ? this.#subscribeSharded() : subscriber.subscribe(...this.#channels);
      done.then(
        () => ears.onHearing(),
        (error: unknown) => this.#failed('redis-subscribe-failed', error),
      );
    };
    for (const client of [commands, subscriber]) {
      client?.on('error', (error: unknown) => this.#failed('redis-away', error));
      client?.on('end', () => {});
    }
    commands.on('ready', () => {
      if (this.#away) this.#log.info('redis-back');
      this.#away = false;
      ears.onSpeaking();
      if (subscriber === null) subscribe();
    });
    if (subscriber === null) {
      commands.on('smessageBuffer', deliver);
      // A server of the cluster went or came: nothing tells what was missed.
      commands.on('+subscriber', () => ears.onHearing());
      commands.on('-node', () => ears.onHearing());
    } else {
      subscriber.on('messageBuffer', deliver);
      subscriber.on('ready', subscribe);
    }
  }

  async #subscribeSharded(): Promise<void> {
    for (const channel of this.#channels) await this.#commands.ssubscribe(channel);
  }

  /** Once, until it is back: an operator needs no line for each attempt. Messages may name hosts, so only codes are said. */
  #failed(event: string, error: unknown): void {
    if (this.#away) return;
    this.#away = true;
    const { error: name = '', code = '' } = describeError(error);
    // WRONGPASS, NOAUTH, LOADING …: the first word of what Redis answers is its code.
    const answer = error instanceof Error ? (/^[A-Z]{2,20}(?= )/.exec(error.message)?.[0] ?? '') : '';
    this.#log.warn(event, { error: name, code, answer });
  }
}

const retryMs = (times: number): number => Math.min(50 * times, RETRY_MS);

function optionsOf({ nodes, tls, username, password, database }: RedisAddress, speaks: boolean) {
  return {
    ...nodes[0]!,
    ...(tls ? { tls: {} } : {}),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    db: database,
    lazyConnect: true,
    connectTimeout: 5000,
    ...(speaks ? { commandTimeout: COMMAND_MS, enableAutoPipelining: true } : {}),
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: retryMs,
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    scripts: speaks ? { ...SCRIPTS } : {},
    disableClientInfo: true,
  };
}

function clusterOf(address: RedisAddress): Cluster {
  const { nodes, tls, username, password } = address;
  return new Cluster([...nodes], {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    shardedSubscribers: true,
    clusterRetryStrategy: retryMs,
    scripts: { ...SCRIPTS },
    redisOptions: {
      ...(tls ? { tls: {} } : {}),
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      commandTimeout: COMMAND_MS,
      connectTimeout: 5000,
    },
  });
}
