/** Trying several homes for one link: the nearest that lets this device in wins (RING-64). */
import type { Clock } from '../ports.ts';
import { ConnectionError } from './connection-error.ts';
import type { NodeRoute } from './connection.ts';
import { moreTelling, toConnectionError } from './link-failure.ts';

/** How long the home used last is alone in being tried. */
const HEAD_START_MS = 400;
/** How long a home may take to answer the attach while others wait for their turn. */
const ATTACH_PATIENCE_MS = 1500;

/** Runs `attach` when no other home is just being attached to. @throws ConnectionError when another home won */
export type InTurn = (attach: () => Promise<void>) => Promise<void>;

export interface RaceOptions<Link> {
  readonly clock: Clock;
  /** In the order in which they are tried. */
  readonly routes: readonly NodeRoute[];
  /** Whether the first route has a head start; else all are tried at once. */
  readonly headStart: boolean;
  /** Dials, shakes hands and attaches in its turn. Rejects with ConnectionError; then it has closed what it opened. */
  readonly run: (route: NodeRoute, inTurn: InTurn) => Promise<Link>;
}

/** @throws the most telling ConnectionError of all when none of them could be attached to */
export function raceHomes<Link>(options: RaceOptions<Link>): Promise<Link> {
  return new Race(options).result;
}

class Race<Link> {
  readonly result: Promise<Link>;
  readonly #options: RaceOptions<Link>;
  readonly #errors: (ConnectionError | null)[];
  readonly #resolve: (link: Link) => void;
  readonly #reject: (error: ConnectionError) => void;
  #isOver = false;
  #started = 0;
  #turn: Promise<void> = Promise.resolve();
  #cancelStart: () => void = () => undefined;

  constructor(options: RaceOptions<Link>) {
    const { promise, resolve, reject } = Promise.withResolvers<Link>();
    this.result = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#options = options;
    this.#errors = options.routes.map(() => null);
    if (options.routes.length === 0) reject(new ConnectionError('bad-url', 'The node has no address.'));
    else if (options.headStart && options.routes.length > 1) {
      this.#cancelStart = options.clock.after(HEAD_START_MS, () => this.#startRest());
      this.#startNext();
    } else {
      this.#startRest();
    }
  }

  #startRest(): void {
    this.#cancelStart();
    while (this.#started < this.#options.routes.length) this.#startNext();
  }

  #startNext(): void {
    const index = this.#started++;
    const route = this.#options.routes[index];
    if (route === undefined) return;
    this.#options
      .run(route, (attach) => this.#inTurn(attach))
      .then(
        (link) => this.#won(link),
        (error: unknown) => this.#failed(index, toConnectionError(error)),
      );
  }

  #won(link: Link): void {
    this.#isOver = true;
    this.#cancelStart();
    this.#resolve(link);
  }

  #failed(index: number, error: ConnectionError): void {
    this.#errors[index] = error;
    const [first, ...rest] = this.#errors.filter((known) => known !== null);
    if (first === undefined || 1 + rest.length < this.#errors.length)
      return this.#isOver ? undefined : this.#startRest();
    this.#reject(rest.reduce(moreTelling, first));
  }

  /** One after another, so that one device is not attached in two places. */
  async #inTurn(attach: () => Promise<void>): Promise<void> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      if (this.#isOver) throw new ConnectionError('closed', 'Another home was nearer.');
      await this.#patiently(attach());
      this.#isOver = true;
    } finally {
      resolve();
    }
  }

  /** While somebody else is there to be asked, a home that does not answer is not waited for. */
  async #patiently(attach: Promise<void>): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const cancel = this.#options.clock.after(ATTACH_PATIENCE_MS, () => {
      const isContested = this.#errors.filter((error) => error === null).length > 1;
      if (isContested) reject(new ConnectionError('timeout', 'The node did not answer in time.'));
    });
    await Promise.race([attach, promise]).finally(cancel);
  }
}
