import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorCheck } from '@sotto/engine/api';

/** `build.json` of a built web client, as far as it is used. */
interface BuildList {
  readonly hash: string;
  /** SHA-256 by path, hex digits. */
  readonly files: Readonly<Record<string, string>>;
}

const ANSWER_MS = 10_000;
const MAX_BYTES = 16_000_000;
const AT_ONCE = 4;

/**
 * WEB-14: is what a node gives to browsers the web client that is installed here? Every file is fetched and hashed: a page
 * cannot be asked for the truth about itself.
 * @param node ws:// or wss:// address
 * @param installed folder of the built client; null: there is none
 * @returns null: nothing to compare with, or nobody answers
 */
export async function checkWebClient(
  node: string,
  installed: string | null,
  get: typeof fetch = fetch,
): Promise<DoctorCheck | null> {
  const own = installed === null ? null : await readList(installed);
  if (own === null) return null;
  const base = `${node.replace(/^ws/, 'http').replace(/\/$/, '')}/`;
  const name = 'web client';
  let listed: unknown;
  try {
    const text = await fetched(get, new URL('build.json', base));
    if (text === null) return { name, ok: true, found: 'Your node serves no web client.' };
    listed = JSON.parse(text.toString());
  } catch (error) {
    return error instanceof SyntaxError ? different('It does not say of what it consists.') : null;
  }
  const hash = typeof listed === 'object' && listed !== null && 'hash' in listed ? String(listed.hash) : '';
  if (hash !== own.hash) {
    const theirs = /^[0-9a-f]{64}$/.test(hash) ? `its hash is ${hash}` : 'it has no hash';
    return different(`Your node serves another one (${theirs}) than is installed here (${own.hash}).`);
  }
  const changed = await changedFiles(get, base, own.files);
  if (changed.length > 0) {
    return different(`Your node says that it serves the one installed here, but changed: ${changed.join(', ')}.`);
  }
  const count = Object.keys(own.files).length;
  return {
    name,
    ok: true,
    found: `Your node serves the one installed here, all ${count} files; its hash is ${own.hash}.`,
  };

  function different(found: string): DoctorCheck {
    const advice =
      'Of another version of Sotto that is to be expected. Of the same version, somebody changed what browsers get from it: ' +
      'do not open it there.';
    return { name, ok: false, found, advice };
  }
}

async function readList(folder: string): Promise<BuildList | null> {
  try {
    return JSON.parse(await readFile(join(folder, 'build.json'), 'utf8')) as BuildList;
  } catch {
    return null;
  }
}

/** Names come from the list that is installed here, never from the node. */
async function changedFiles(get: typeof fetch, base: string, files: BuildList['files']): Promise<string[]> {
  const paths = Object.keys(files);
  const changed: string[] = [];
  const work = async (): Promise<void> => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      const data = await fetched(get, new URL(path, base)).catch(() => null);
      if (data === null || createHash('sha256').update(data).digest('hex') !== files[path]) changed.push(path);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return changed.sort();
}

/** null: there is no such file. @throws TypeError when nobody answers, Error when it is too long */
async function fetched(get: typeof fetch, url: URL): Promise<Buffer | null> {
  const response = await get(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok || response.body === null) return null;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error('longer than any file of the client');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
