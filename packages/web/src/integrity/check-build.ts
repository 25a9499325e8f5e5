/** Compares what this page is made of with what its node says it serves. */

export interface BuildCheck {
  /**
   * `same`: every file this page is made of is the one its node lists. `different`: some are not: the node has another
   * build by now, or they were changed on their way. `unreachable`: the node's list could not be had.
   */
  readonly state: 'same' | 'different' | 'unreachable';
  /** SHA-256 over the list, hex digits, to be compared with what `sotto doctor` prints; null when unreachable. */
  readonly hash: string | null;
  readonly checkedFiles: number;
  readonly differentFiles: readonly string[];
}

type Files = Readonly<Record<string, string>>;

const LIST_LIMIT_MS = 10_000;

/**
 * Reads the node's list past every cache, and every file as this page has it. It tells mistakes and old caches; a page that
 * was changed by its server can answer as it likes (docs/threat-model.md): to be sure, ask from outside, `sotto doctor`.
 */
export async function checkBuild(get: typeof fetch = fetch, base: string = document.baseURI): Promise<BuildCheck> {
  const unreachable = { state: 'unreachable', hash: null, checkedFiles: 0, differentFiles: [] } as const;
  let files: Files;
  try {
    const signal = AbortSignal.timeout(LIST_LIMIT_MS);
    const response = await get(new URL('build.json', base), { cache: 'no-store', signal });
    if (!response.ok) return unreachable;
    ({ files } = (await response.json()) as { files: Files });
  } catch {
    return unreachable;
  }
  const paths = Object.keys(files).sort();
  const differentFiles: string[] = [];
  for (const path of paths) {
    const own = await hashOfOwn(get, new URL(path, base)).catch(() => null);
    if (own !== files[path]) differentFiles.push(path);
  }
  const listed = new TextEncoder().encode(paths.map((path) => `${files[path]}  ${path}\n`).join(''));
  return {
    state: differentFiles.length === 0 ? 'same' : 'different',
    hash: await sha256(listed),
    checkedFiles: paths.length,
    differentFiles,
  };
}

/** As the service worker or the browser keeps it. */
async function hashOfOwn(get: typeof fetch, url: URL): Promise<string | null> {
  const response = await get(url, { cache: 'force-cache' });
  return response.ok ? sha256(await response.arrayBuffer()) : null;
}

async function sha256(data: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
