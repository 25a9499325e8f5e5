/** Text attributes (ECMA-48 SGR). Without colour everything stays readable: words carry the meaning, not hues. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly reverse: (text: string) => string;
  readonly warn: (text: string) => string;
  /** A person's colour, 0xRRGGBB, moved to the nearest of the terminal's six safe ones. */
  readonly person: (text: string, color: number) => string;
}

const sgr = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;
const same = (text: string): string => text;

/** @param color whether the terminal wants colours (see https://no-color.org) */
export function createStyle(color: boolean): Style {
  return {
    bold: sgr(1, 22),
    dim: sgr(2, 22),
    reverse: sgr(7, 27),
    warn: color ? sgr(33, 39) : same,
    person: (text, rgb) => (color ? sgr(30 + nearest(rgb), 39)(text) : text),
  };
}

/** 1 red, 2 green, 3 yellow, 4 blue, 5 magenta, 6 cyan: by hue, never black or white, so it shows on any background. */
function nearest(rgb: number): number {
  const red = (rgb >> 16) & 255;
  const green = (rgb >> 8) & 255;
  const blue = rgb & 255;
  const threshold = (Math.max(red, green, blue) + Math.min(red, green, blue)) / 2;
  const bits = (red > threshold ? 1 : 0) + (green > threshold ? 2 : 0) + (blue > threshold ? 4 : 0);
  return bits === 0 || bits === 7 ? 6 : bits;
}
