const UNITS = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** For people: the largest unit in which it is a whole number, in words of their language. */
export function durationWords(locale: string, seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? UNITS[4];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size);
}

/** What can be chosen; another one that was set elsewhere, for instance in a terminal, stands in its place. */
export function timerChoices(current: number): readonly number[] {
  const choices = [0, 30, 300, 3600, 28_800, 86_400, 604_800, 2_419_200];
  return choices.includes(current) ? choices : [...choices, current].sort((a, b) => a - b);
}
