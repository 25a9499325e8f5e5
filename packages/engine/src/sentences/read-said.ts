import type { Said } from './say.ts';

const MAX_SAID = 64;

/**
 * What came from another process or tab; anything that is not of this shape counts as nothing said. The name may be one
 * that only another version knows: who shows it looks.
 */
export function readSaid(found: unknown): readonly Said[] | undefined {
  if (!Array.isArray(found) || found.length === 0 || found.length > MAX_SAID) return undefined;
  return (found as readonly unknown[]).every(isSaid) ? (found as readonly Said[]) : undefined;
}

function isSaid(one: unknown): boolean {
  if (typeof one !== 'object' || one === null) return false;
  const { name, values } = one as { name?: unknown; values?: unknown };
  if (typeof name !== 'string' || !/^[a-z-]{1,64}$/u.test(name)) return false;
  if (values === undefined) return true;
  if (typeof values !== 'object' || values === null) return false;
  return Object.values(values).every((value) => typeof value === 'string' || typeof value === 'number');
}
