import { parse, View } from 'vega';
import { compile } from 'vega-lite';

type Spec = Parameters<typeof compile>[0];

/** One chart as SVG, readable on light and on dark paper. */
export async function draw(spec: Readonly<Record<string, unknown>>): Promise<string> {
  const { spec: vega } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 640,
    height: 260,
    background: 'white',
    padding: 12,
    ...spec,
  } as Spec);
  return `${await new View(parse(vega), { renderer: 'none' }).toSVG()}\n`;
}
