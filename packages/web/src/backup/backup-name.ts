/** `sotto-anna-2026-11-21.backup`: letters and digits that every disk takes. */
export function backupFileName(name: string, nowMs: number): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 32);
  const day = new Date(nowMs).toISOString().slice(0, 10);
  return `sotto-${plain === '' ? '' : `${plain}-`}${day}.backup`;
}
