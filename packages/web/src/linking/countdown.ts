/** How long a code still holds, as a clock shows it: `9:59`. Rounded up, so that `0:00` is the end and not before. */
export function clockWords(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
