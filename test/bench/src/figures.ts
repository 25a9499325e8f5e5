/** What one run found out; what makes no sense for a scenario is missing. Names carry their units. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

interface Kind {
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
}

const kind = (label: string, unit: string, digits = 0): Kind => ({ label, unit, digits });

/** In the order in which they are printed. */
const FIGURES = {
  perSecond: kind('', 'msg/s'),
  serverMicros: kind('', 'µs of server CPU a message', 1),
  p50Micros: kind('p50', 'µs'),
  p99Micros: kind('p99', 'µs'),
  p999Micros: kind('p99.9', 'µs'),
  storedP50Micros: kind('stored p50', 'µs'),
  storedP99Micros: kind('stored p99', 'µs'),
  storedP999Micros: kind('stored p99.9', 'µs'),
  backlogP50Millis: kind('a whole backlog p50', 'ms', 1),
  backlogP99Millis: kind('p99', 'ms', 1),
  deliveredPerSecond: kind('then delivered', 'msg/s'),
  deliverMicros: kind('', 'µs of server CPU', 1),
  edgesMicros: kind('edges', 'µs', 1),
  postgresMicros: kind('PostgreSQL', 'µs', 1),
  standbyMicros: kind('standby', 'µs', 1),
  redisMicros: kind('Redis', 'µs', 1),
  connections: kind('', 'connections'),
  seconds: kind('in', 's', 1),
  microsPerClient: kind('', 'µs of server CPU a client'),
  stayedP50Micros: kind('who stayed: p50', 'µs'),
  stayedP99Micros: kind('p99', 'µs'),
  calmP99Micros: kind('before it p99', 'µs'),
  kilobytesPerConnection: kind('', 'kB a connection', 1),
  stateKilobytesPerConnection: kind('of it heap and buffers', 'kB', 1),
  fillPerSecond: kind('filled with', 'msg/s'),
  firstPageMicros: kind('first page', 'µs'),
  firstPageCpuMicros: kind('', 'µs of CPU'),
  lastPageMicros: kind('last page', 'µs'),
  lastPageCpuMicros: kind('', 'µs of CPU'),
  acknowledgeMicros: kind('acknowledge a page', 'µs'),
  acknowledgeCpuMicros: kind('', 'µs of CPU'),
  startMegabytes: kind('at start', 'MB'),
  endMegabytes: kind('at the end', 'MB'),
} as const satisfies Record<string, Kind>;

export type FigureName = keyof typeof FIGURES;

export const formatFigure = (name: FigureName, value: number): string =>
  value.toLocaleString('en', {
    minimumFractionDigits: FIGURES[name].digits,
    maximumFractionDigits: FIGURES[name].digits,
  });

/** All in one line. */
export function describeFigures(figures: Figures): string {
  const names = Object.keys(FIGURES) as FigureName[];
  return names
    .filter((name) => figures[name] !== undefined)
    .map((name) => `${FIGURES[name].label} ${formatFigure(name, figures[name] ?? 0)} ${FIGURES[name].unit}`.trim())
    .join(', ');
}
