import { draw } from '../../../sim/src/ring-scale/draw.ts';
import type { FigureName } from '../figures.ts';
import type { Group } from '../scenarios/scenario.ts';
import type { BenchReport } from './bench-report.ts';

/** A picture of one figure of some scenarios, side by side. */
interface Chart {
  readonly name: string;
  /** Under whose table it stands. */
  readonly group: Group;
  readonly title: string;
  readonly axis: string;
  readonly bars: readonly Bar[];
}

interface Bar {
  /** Of what group of bars. */
  readonly of: string;
  readonly who: string;
  readonly scenario: string;
  readonly figure: FigureName;
}

const bars = (of: string, figure: FigureName, scenarios: Readonly<Record<string, string>>): Bar[] =>
  Object.entries(scenarios).map(([who, scenario]) => ({ of, who, scenario, figure }));

const relay = (of: string, shape: string): Bar[] =>
  bars(of, 'serverMicros', {
    'bare ws': `bare-${shape}`,
    'Sotto, live-only': `live-${shape}`,
    'Sotto, acknowledged': `acknowledged-${shape}`,
    'Mosquitto, QoS 1': `mosquitto-${shape}`,
    ejabberd: `ejabberd-${shape}`,
  });

const latency = (of: string, figure: FigureName): Bar[] =>
  bars(of, figure, {
    'bare ws': 'bare-latency-512',
    'Sotto, live': 'live-latency-512',
    'Sotto, stored': 'stored-latency-512',
    'Mosquitto, QoS 1': 'mosquitto-latency-512',
    ejabberd: 'ejabberd-latency-512',
  });

const whole = (of: string, figure: FigureName, what: string): Bar[] =>
  bars(of, figure, {
    'bare ws': `bare-${what}`,
    Sotto: `node-${what}`,
    Mosquitto: `mosquitto-${what}`,
    ejabberd: `ejabberd-${what}`,
  });

export const CHARTS: readonly Chart[] = [
  {
    name: 'bench-relay',
    group: 'relay',
    title: 'Relay of 512 B: processor time of the server for one message',
    axis: 'µs',
    bars: [...relay('sparse', 'sparse-512'), ...relay('burst', 'burst-512')],
  },
  {
    name: 'bench-latency',
    group: 'latency',
    title: 'Latency at 5,000 messages a second, 512 B, open loop',
    axis: 'µs (logarithmic)',
    bars: [...latency('p50', 'p50Micros'), ...latency('p99', 'p99Micros'), ...latency('p99.9', 'p999Micros')],
  },
  {
    name: 'bench-store',
    group: 'store',
    title: 'Messages a second for 500 people who are away, and when they come, 512 B',
    axis: 'messages a second',
    bars: (['perSecond', 'deliveredPerSecond'] as const).flatMap((figure) =>
      bars(figure === 'perSecond' ? 'stored' : 'delivered', figure, {
        'Sotto (fsync)': 'store-deliver-512',
        Mosquitto: 'mosquitto-store-deliver-512',
        ejabberd: 'ejabberd-store-deliver-512',
      }),
    ),
  },
  {
    name: 'bench-connections',
    group: 'idle',
    title: 'Memory of one idle connection, of 10,000',
    axis: 'kB',
    bars: whole('idle', 'kilobytesPerConnection', 'idle-10000'),
  },
  {
    name: 'bench-storm',
    group: 'storm',
    title: '10,000 clients come back at once: processor time of the server for each',
    axis: 'µs',
    bars: whole('storm', 'microsPerClient', 'storm-10000'),
  },
];

const COLORS = ['#8a8f98', '#3b6ea8', '#6f9fd8', '#b3541e', '#3f7d4e'];

/** As SVG; null: nothing of it was measured. The same report gives the same bytes. */
export async function drawChart(
  { title, axis, bars: all, name }: Chart,
  { results }: BenchReport,
): Promise<string | null> {
  const values = all.flatMap(({ of, who, scenario, figure }) => {
    const value = results[scenario]?.figures?.[figure];
    return value === undefined ? [] : [{ of, who, value }];
  });
  if (values.length === 0) return null;
  const groups = [...new Set(values.map(({ of }) => of))];
  const subjects = [...new Set(values.map(({ who }) => who))];
  const isLog = name === 'bench-latency';
  return draw({
    title,
    data: { values },
    mark: { type: 'bar' },
    height: { step: 18 },
    encoding: {
      y: { field: 'who', type: 'nominal', title: null, sort: subjects },
      row: { field: 'of', type: 'nominal', title: null, sort: groups, header: { labelAngle: 0, labelAlign: 'left' } },
      x: {
        field: 'value',
        type: 'quantitative',
        title: axis,
        ...(isLog && { scale: { type: 'log', domainMin: 10 } }),
      },
      ...(isLog && { x2: { datum: 10 } }),
      color: { field: 'who', type: 'nominal', legend: null, sort: subjects, scale: { range: COLORS } },
    },
  });
}
