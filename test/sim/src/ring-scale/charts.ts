import { draw } from './draw.ts';
import { mean } from './figures.ts';
import type { Scale } from './measure.ts';

const BUCKETS = 40;

/** How many nodes keep how many users. */
export function drawLoad({ loads, nodes, users }: Scale): Promise<string> {
  const average = mean(loads);
  const width = (2 * average) / BUCKETS;
  const counts = Array.from({ length: BUCKETS }, (_, i) => ({
    share: ((i + 0.5) * width) / average,
    nodes: loads.filter((load) => Math.floor(load / width) === i).length,
  }));
  return draw({
    title: `Load of ${nodes} nodes, ${users.toLocaleString('en')} users, three copies`,
    data: { values: counts },
    mark: { type: 'bar', color: '#3b6ea8', binSpacing: 1 },
    encoding: {
      x: { field: 'share', type: 'quantitative', title: 'users kept, 1 = mean', scale: { domain: [0, 2] } },
      y: { field: 'nodes', type: 'quantitative', title: 'nodes' },
    },
  });
}

/** How the copies come back after a node died, after a day's churn, and after a fifth of the ring left. */
export function drawRepair({ death, churn, massLeave }: Scale): Promise<string> {
  const courses = { 'one node died': death, '1 % churn': churn, '20 % left': massLeave };
  const values = Object.entries(courses).flatMap(([change, { repair }]) =>
    repair.map(({ seconds, openShare }) => ({ change, seconds, missing: openShare * 100 })),
  );
  return draw({
    title: 'Copies that are still missing after a change (1 MB/s a node, 80 kB waiting for each user)',
    data: { values },
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: { field: 'seconds', type: 'quantitative', title: 'seconds', scale: { type: 'symlog' } },
      y: { field: 'missing', type: 'quantitative', title: 'missing copies, %' },
      color: { field: 'change', type: 'nominal', title: null, scale: { range: ['#3b6ea8', '#b3541e', '#3f7d4e'] } },
    },
  });
}
