import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** What `build.json` says: every file of the build with its SHA-256, and the SHA-256 over all of them; hex digits. */
export interface BuildList {
  readonly hash: string;
  readonly files: Readonly<Record<string, string>>;
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Every file below a folder, `/` between parts, in the order of their UTF-16 code units. */
export async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(dir.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
}

/** WEB-5: the build's hash is the SHA-256 of its list in the form `sha256sum` prints it, sorted by path. */
export const hashOfFiles = (files: BuildList['files']): string =>
  sha256(
    Object.keys(files)
      .sort()
      .map((path) => `${files[path]}  ${path}\n`)
      .join(''),
  );

export async function listBuild(dir: string): Promise<BuildList> {
  const files: Record<string, string> = {};
  for (const path of await filesIn(dir)) files[path] = sha256(await readFile(join(dir, path)));
  return { hash: hashOfFiles(files), files };
}
