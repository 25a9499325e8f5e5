import { mkdtemp, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figures } from './figures.ts';
import type { LoadOrder, LoadReport, Mark, Seen } from './load/order.ts';
import { forkOn, LOAD_CORE, type MeasuredServer, nextMessage, type Usage } from './measure.ts';

export type Order = Omit<LoadOrder, 'server'>;

const MB = 1024 * 1024;
/** A load that takes longer hangs. */
const LOAD_MS = 10 * 60_000;

/** Starts a server in a directory of its own, does something with it, and leaves nothing. */
export async function withServer<T>(
  start: (folder: string) => Promise<MeasuredServer>,
  use: (server: MeasuredServer) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  try {
    const server = await start(folder);
    try {
      return await use(server);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** A load process. It stops at each of its marks until it is told to go on. */
export interface Load {
  /** Resolves when it is there. @throws when it ends before */
  mark(name: Mark): Promise<void>;
  goOn(): void;
  /** What it saw; it has ended. */
  done(): Promise<Seen>;
}

/** @param niceness 19: it gives way to every other load */
export function startLoad(order: LoadOrder, niceness = 0): Load {
  const child = forkOn(LOAD_CORE, './load-process.ts', []);
  if (niceness > 0) setPriority(child.pid!, niceness);
  const end = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(end, LOAD_MS);
  process.once('exit', end);
  child.once('exit', () => {
    clearTimeout(timer);
    process.off('exit', end);
  });
  let next = nextMessage<LoadReport>(child);
  next.catch(() => undefined);
  child.send(order);
  return {
    async mark(name) {
      const report = await next;
      if ('done' in report || report.mark !== name) throw new Error(`a load did not get to ${name}`);
    },
    goOn() {
      next = nextMessage<LoadReport>(child);
      next.catch(() => undefined);
      child.send('go');
    },
    async done() {
      const report = await next;
      if (!('done' in report)) throw new Error(`a load stopped at ${report.mark}`);
      return report;
    },
  };
}

/** Several loads at once, which all come to one mark. @param read called when all are there */
export async function runLoads<T>(
  orders: readonly LoadOrder[],
  mark: Mark,
  read: () => Promise<T>,
): Promise<{ readonly seen: readonly Seen[]; readonly after: T }> {
  const loads = orders.map((order) => startLoad(order));
  await Promise.all(
    loads.map(async (load) => {
      await load.mark('begin');
      load.goOn();
      await load.mark(mark);
    }),
  );
  const after = await read();
  for (const load of loads) load.goOn();
  return { seen: await Promise.all(loads.map((load) => load.done())), after };
}

const MARKS = {
  relay: ['begin', 'end'],
  mixed: ['begin', 'end'],
  store: ['begin', 'stored', 'delivered'],
  idle: ['begin', 'idle'],
  storm: ['dropped', 'back'],
} as const satisfies Record<LoadOrder['load'], readonly Mark[]>;

/** One server, one load. */
export function runOnce(start: (folder: string) => Promise<MeasuredServer>, order: Order): Promise<Figures> {
  return withServer(start, async (server) => {
    const marks = new Map<string, Usage>([['start', await server.usage()]]);
    const load = startLoad({ ...order, server: server.ready });
    for (const mark of MARKS[order.load]) {
      await load.mark(mark);
      marks.set(mark, await server.usage());
      load.goOn();
    }
    const seen = await load.done();
    marks.set('last', await server.usage());
    return figuresOf(order, seen, marks);
  });
}

function figuresOf(order: Order, seen: Seen, marks: ReadonlyMap<string, Usage>): Figures {
  const { messages, seconds, latency, storedLatency, backlogMs, deliverSeconds } = seen;
  const at = (mark: string): Usage => {
    const usage = marks.get(mark);
    if (usage === undefined) throw new Error(`a load did not get to ${mark}`);
    return usage;
  };
  const cpu = (from: string, to: string): number => (at(to).cpuMicros - at(from).cpuMicros) / messages;
  if (messages === 0) throw new Error('no message arrived');
  const memory = { startMegabytes: at('start').rss / MB, endMegabytes: at('last').rss / MB };
  if (order.load === 'idle') {
    const states = [at('start').state, at('idle').state];
    return {
      startMegabytes: memory.startMegabytes,
      connections: messages,
      seconds,
      microsPerClient: cpu('begin', 'idle'),
      kilobytesPerConnection: (at('idle').rss - at('start').rss) / 1024 / messages,
      ...(states[0] !== null &&
        states[1] !== null && { stateKilobytesPerConnection: (states[1]! - states[0]!) / 1024 / messages }),
    };
  }
  if (order.load === 'store') {
    return {
      perSecond: messages / seconds,
      serverMicros: cpu('begin', 'stored'),
      deliveredPerSecond: messages / (deliverSeconds ?? 0),
      deliverMicros: cpu('stored', 'delivered'),
      ...partsOf(at('begin'), at('stored'), messages),
      ...memory,
    };
  }
  // What open loop sends is given: only what it costs and how long it takes is found out.
  return {
    perSecond: messages / seconds,
    serverMicros: cpu('begin', 'end'),
    ...(latency && { p50Micros: latency.p50, p99Micros: latency.p99, p999Micros: latency.p999 }),
    ...(storedLatency && {
      storedP50Micros: storedLatency.p50,
      storedP99Micros: storedLatency.p99,
      storedP999Micros: storedLatency.p999,
    }),
    ...(backlogMs && { backlogP50Millis: backlogMs.p50, backlogP99Millis: backlogMs.p99 }),
    ...partsOf(at('begin'), at('end'), messages),
    ...memory,
  };
}

function partsOf(from: Usage, to: Usage, messages: number): Figures {
  const names = ['edges', 'postgres', 'standby', 'redis'] as const;
  const cost = (name: string): number => ((to.parts?.[name] ?? 0) - (from.parts?.[name] ?? 0)) / messages;
  return to.parts === undefined ? {} : Object.fromEntries(names.map((name) => [`${name}Micros`, cost(name)]));
}
