const UNITS = [
  [604_800, 'w', 'weeks'],
  [86_400, 'd', 'days'],
  [3600, 'h', 'hours'],
  [60, 'm', 'min'],
  [1, 's', 's'],
] as const;

const SHORT = /^(\d{1,8})\s*(s|m|h|d|w)$/i;

/** `30s`, `5m`, `1h`, `1d`, `1w`, `off`: seconds; null when it is none of these. */
export function parseDuration(text: string): number | null {
  if (/^(off|0|never)$/i.test(text)) return 0;
  const [, count = '', unit = ''] = SHORT.exec(text) ?? [];
  const size = UNITS.find(([, short]) => short === unit.toLowerCase())?.[0];
  return size === undefined ? null : Number(count) * size;
}

/** For people: the largest unit in which it is a whole number, or about so long. */
export function durationWords(seconds: number): string {
  const [size, , name] = UNITS.find(([unit]) => seconds >= unit && seconds % unit === 0) ?? UNITS[4];
  const count = seconds / size;
  return `${count} ${count === 1 ? name.replace(/s$/, '') || name : name}`;
}

/** How long something still is, rounded up to one unit: `42 s`, `5 min`, `3 hours`. */
export function remainingWords(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const size = seconds <= 90 ? 1 : seconds <= 5400 ? 60 : seconds <= 129_600 ? 3600 : 86_400;
  return durationWords(Math.ceil(seconds / size) * size);
}
