// node test/sim/src/ring-scale/main.ts [--nodes N] [--users N] [--write]: placement at scale (docs/benchmarks.md)
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drawLoad, drawRepair } from './charts.ts';
import { describeScale, measureScale } from './measure.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    users: { type: 'string', default: '1000000' },
    write: { type: 'boolean', default: false },
  },
});

const scale = measureScale(Number(values.nodes), Number(values.users), (text) => console.error(text));
console.log(describeScale(scale));
if (values.write) {
  const pictures = new URL('../../../../docs/pictures/', import.meta.url);
  writeFileSync(new URL('ring-load.svg', pictures), await drawLoad(scale));
  writeFileSync(new URL('ring-repair.svg', pictures), await drawRepair(scale));
}
