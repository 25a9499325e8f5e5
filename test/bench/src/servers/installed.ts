import { existsSync } from 'node:fs';

/** The first of these files that there is; null: none. */
export function installed(paths: readonly string[]): string | null {
  return paths.find((path) => existsSync(path)) ?? null;
}
