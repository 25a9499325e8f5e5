import type { Figures } from '../figures.ts';
import { startLoad, withServer } from '../run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { BARE, EJABBERD, MOSQUITTO, NODE, type Subject } from './subjects.ts';

const CLIENTS = 10_000;
/** Those whose connections hold talk meanwhile, a little: two hundred messages a second. */
const STAYED = { load: 'relay', pairs: 50, rate: 200, patient: true, bodyBytes: 512, firstIndex: 1e6 } as const;
const CALM_SECONDS = 3;

/** All clients of one node lose their connections in one moment and come back at once. */
const storm = (subject: Subject, quickRuns: number): Scenario => ({
  name: `${subject.name}-storm-10000`,
  group: 'storm',
  subject: subject.title,
  work: '10,000 clients drop at once and come back, 50 pairs stay',
  runs: 1,
  quickRuns,
  missing: subject.missing,
  measure: (scale) =>
    withServer(subject.start, async (server) => {
      const { dialect } = subject;
      const clients = Math.round(CLIENTS * scale);
      const common = { server: server.ready, dialect, live: subject === BARE } as const;
      const dropping = startLoad({ ...common, load: 'storm', pairs: clients, bodyBytes: 512 }, 10);
      await dropping.mark('dropped');
      const calm = startLoad({ ...common, ...STAYED, seconds: CALM_SECONDS });
      await calm.mark('begin');
      calm.goOn();
      await calm.mark('end');
      calm.goOn();
      const before = await calm.done();
      const stayed = startLoad({ ...common, ...STAYED, seconds: 0 });
      await stayed.mark('begin');
      stayed.goOn();
      const from = await server.usage();
      dropping.goOn();
      await dropping.mark('back');
      const to = await server.usage();
      stayed.goOn();
      await stayed.mark('end');
      stayed.goOn();
      const during = await stayed.done();
      dropping.goOn();
      const { seconds } = await dropping.done();
      return figures({ clients, seconds, cpuMicros: to.cpuMicros - from.cpuMicros, rss: to.rss, before, during });
    }),
});

interface StormOutcome {
  readonly clients: number;
  readonly seconds: number;
  readonly cpuMicros: number;
  readonly rss: number;
  readonly before: { readonly latency?: { readonly p99: number } };
  readonly during: { readonly latency?: { readonly p50: number; readonly p99: number } };
}

const figures = ({ clients, seconds, cpuMicros, rss, before, during }: StormOutcome): Figures => ({
  connections: clients,
  seconds,
  microsPerClient: cpuMicros / clients,
  stayedP50Micros: during.latency?.p50 ?? 0,
  stayedP99Micros: during.latency?.p99 ?? 0,
  calmP99Micros: before.latency?.p99 ?? 0,
  endMegabytes: rss / 1024 / 1024,
});

export const STORM_SCENARIOS: readonly Scenario[] = [
  storm(BARE, 0),
  storm(NODE, 1),
  storm(MOSQUITTO, 0),
  storm(EJABBERD, 0),
];
