import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** One chart as SVG, readable on light and on dark paper. */
export async function draw(spec: Omit<TopLevelSpec, '$schema'>): Promise<string> {
  const { spec: vega } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 640,
    height: 260,
    background: 'white',
    padding: 12,
    ...spec,
  } as TopLevelSpec);
  return `${await new View(parse(vega), { renderer: 'none' }).toSVG()}\n`;
}
