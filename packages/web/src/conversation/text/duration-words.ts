const UNITS = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** `5 minutes`, in the largest unit of which it is a whole number. */
export function durationWords(locale: string, seconds: number, display: 'long' | 'narrow' = 'long'): string {
  const [size, unit] = UNITS.find(([one]) => seconds >= one && seconds % one === 0) ?? [1, 'second'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: display }).format(seconds / size);
}

/** How long something still is, rounded up to one unit. */
export function remainingWords(locale: string, ms: number, display: 'long' | 'narrow' = 'narrow'): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const size = seconds <= 90 ? 1 : seconds <= 5400 ? 60 : seconds <= 129_600 ? 3600 : 86_400;
  return durationWords(locale, Math.ceil(seconds / size) * size, display);
}
