import { statfsSync } from 'node:fs';

/** How much more the disk of `directory` takes; null where the system does not say. */
export function freeBytes(directory: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}
