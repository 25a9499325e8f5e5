import { type Order, runOnce } from '../run-scenario.ts';
import type { Group, Scenario } from './scenario.ts';
import { BARE, EJABBERD, LIVE_NODE, MOSQUITTO, NODE, type Subject } from './subjects.ts';

interface Row {
  readonly name: string;
  readonly group: Group;
  readonly subject: Subject;
  /** In place of the subject's. */
  readonly title?: string;
  readonly work: string;
  readonly order: Omit<Order, 'dialect'>;
  readonly runs: number;
  readonly quickRuns: number;
}

export const scenarioOf = ({ name, group, subject, title, work, order, runs, quickRuns }: Row): Scenario => ({
  name,
  group,
  subject: title ?? subject.title,
  work,
  runs,
  quickRuns,
  missing: subject.missing,
  measure: (scale) => runOnce(subject.start, { ...scaled(order, scale), dialect: subject.dialect }),
});

const scaled = (order: Omit<Order, 'dialect'>, scale: number): Omit<Order, 'dialect'> => {
  if (scale === 1) return order;
  const { pairs, rate = 0 } = order;
  return { ...order, pairs: Math.ceil(pairs * scale), rate: Math.ceil(rate * scale), seconds: 1 };
};

const SHAPES = {
  sparse: { work: 'sparse: 1,000 pairs, 1 in flight', pairs: 1_000, window: 1 },
  burst: { work: 'burst: 100 pairs, 16 in flight', pairs: 100, window: 16 },
} as const;
const LATENCY_RATE = 5_000;

/** Live relay and its yardsticks stand side by side, so that all meet the same machine. */
const relay = (shape: keyof typeof SHAPES, bodyBytes: number): Scenario[] => {
  const { work, pairs, window } = SHAPES[shape];
  const row = (name: string, subject: Subject, title: string, live: boolean, quickRuns: number): Scenario =>
    scenarioOf({
      name: `${name}-${shape}-${bodyBytes}`,
      group: 'relay',
      subject,
      title,
      work: `${work}, ${bodyBytes.toLocaleString('en')} B`,
      order: { load: 'relay', live, pairs, window, bodyBytes },
      runs: subject === EJABBERD ? 1 : 3,
      quickRuns: bodyBytes === 512 ? quickRuns : 0,
    });
  const own = [
    row('bare', BARE, BARE.title, true, 1),
    row('live', LIVE_NODE, 'Sotto, live-only envelopes', true, 1),
    row('acknowledged', LIVE_NODE, 'Sotto, live node, acknowledged and answered', false, 1),
  ];
  const peers = [
    row('mosquitto', MOSQUITTO, 'Mosquitto, QoS 1', false, 1),
    row('ejabberd', EJABBERD, 'ejabberd', false, shape === 'burst' ? 1 : 0),
  ];
  return bodyBytes === 512 ? [...own, ...peers] : own;
};

const latency = (bodyBytes: number): Scenario[] => {
  const row = (name: string, subject: Subject, title: string, live: boolean): Scenario =>
    scenarioOf({
      name: `${name}-latency-${bodyBytes}`,
      group: 'latency',
      subject,
      title,
      work: `open loop at ${LATENCY_RATE.toLocaleString('en')} msg/s, 100 pairs, ${bodyBytes.toLocaleString('en')} B`,
      order: { load: 'relay', live, pairs: 100, rate: LATENCY_RATE, bodyBytes },
      runs: subject === EJABBERD ? 1 : 3,
      quickRuns: bodyBytes === 512 ? 1 : 0,
    });
  const own = [
    row('bare', BARE, BARE.title, true),
    row('live', LIVE_NODE, 'Sotto, live node, acknowledged', false),
    row('stored', NODE, 'Sotto, stored (fsync), then pushed', false),
  ];
  if (bodyBytes !== 512) return own;
  return [...own, row('mosquitto', MOSQUITTO, 'Mosquitto, QoS 1', false), row('ejabberd', EJABBERD, 'ejabberd', false)];
};

/** Kept for who is away, and delivered when they come. */
const store = (subject: Subject, title: string, bodyBytes: number, perRecipient: number): Scenario =>
  scenarioOf({
    name: `${subject === NODE ? '' : `${subject.name}-`}store-deliver-${bodyBytes}`,
    group: 'store',
    subject,
    title,
    work: `500 people who are away, ${perRecipient} each, ${bodyBytes.toLocaleString('en')} B`,
    order: { load: 'store', pairs: 500, window: 60, bodyBytes, perRecipient },
    runs: subject === EJABBERD ? 1 : 3,
    quickRuns: bodyBytes === 512 ? 1 : 0,
  });

const mixed = (subject: Subject, title: string): Scenario =>
  scenarioOf({
    name: `${subject.name}-mixed`,
    group: 'mixed',
    subject,
    title,
    work: '1,000 live + 1,000 stored + 1,000 of backlogs a second, open loop, 512 B',
    order: { load: 'mixed', pairs: 100, rate: 1_000, bodyBytes: 512, seconds: 6, perRecipient: 200 },
    runs: subject === EJABBERD ? 1 : 3,
    quickRuns: 1,
  });

export const RELAY_SCENARIOS: readonly Scenario[] = [
  ...relay('sparse', 512),
  ...relay('burst', 512),
  ...relay('sparse', 2_048),
  ...relay('burst', 2_048),
  ...latency(512),
  ...latency(2_048),
  store(NODE, 'Sotto, SQLite, receipt after fsync', 512, 200),
  store(MOSQUITTO, 'Mosquitto, QoS 1, no fsync', 512, 200),
  store(EJABBERD, 'ejabberd, Mnesia', 512, 40),
  store(NODE, 'Sotto, SQLite, receipt after fsync', 2_048, 200),
  mixed(NODE, 'Sotto, SQLite'),
  mixed(MOSQUITTO, 'Mosquitto, QoS 0 and 1'),
  mixed(EJABBERD, 'ejabberd'),
];
