import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The list that the build leaves beside its files: `{hash, files: {path: SHA-256}}`. */
const BUILD_LIST = 'build.json';
const ENTRY = 'index.html';
/** Its names carry the hash of what is in them. */
const HASHED_FOLDER = 'assets/';
/** What the build makes; names that lead elsewhere are not looked for. */
const NAME = /^[\w.-]+(\/[\w.-]+)*$/;
const GONE = -1;

export interface WebFile {
  /** On this machine's disk. */
  readonly place: string;
  readonly contentType: string;
  /** Of the file as it is, without quotation marks. */
  readonly tag: string;
  /** Never changes under this name. */
  readonly isImmutable: boolean;
  /** What lies beside it, made at build. */
  readonly encodings: ReadonlySet<Encoding>;
}

export type Encoding = 'br' | 'gzip';
const SUFFIXES: readonly (readonly [Encoding, string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
];
export const suffixOf = (encoding: Encoding): string => (encoding === 'br' ? '.br' : '.gz');

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json; charset=utf-8',
};

/**
 * What of the built client may be served, by the path a browser asks for: only what the build has listed is ever opened,
 * so that no path leads out of the folder (WEB-2). Read when the first browser comes, and again when it was built anew.
 */
export class WebBuild {
  readonly #dir: string;
  #files: ReadonlyMap<string, WebFile> = new Map();
  #listedAt = GONE;
  #refreshing: Promise<void> | null = null;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** @param path as in the request, starting with `/`, without query; null: no such file */
  async find(path: string): Promise<WebFile | null> {
    const name = path === '/' ? ENTRY : path.slice(1);
    // Names that carry a hash stay true; the others lead to a new build.
    if (!name.startsWith(HASHED_FOLDER) || !this.#files.has(name))
      await (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null)));
    return this.#files.get(name) ?? null;
  }

  async #refresh(): Promise<void> {
    const list = join(this.#dir, BUILD_LIST);
    const { mtimeMs } = await stat(list).catch(() => ({ mtimeMs: GONE }));
    if (mtimeMs === this.#listedAt) return;
    if (mtimeMs === GONE) {
      this.#files = new Map();
      this.#listedAt = mtimeMs;
      return;
    }
    const text = await readFile(list, 'utf8');
    const { hash, files } = JSON.parse(text) as { hash: string; files: Readonly<Record<string, string>> };
    const present = new Set(await readdir(this.#dir, { recursive: true }));
    const served = Object.entries({ ...files, [BUILD_LIST]: hash })
      .filter(([name]) => isInside(name))
      .map(([name, sha256]) => [name, this.#file(name, sha256, present)] as const)
      // What the list names and the folder does not hold was removed.
      .filter(([name]) => present.has(join(...name.split('/'))));
    // Whole at once: until then, whoever asks is answered out of the list before.
    this.#files = new Map(served);
    this.#listedAt = mtimeMs;
  }

  #file(name: string, sha256: string, present: ReadonlySet<string>): WebFile {
    const onDisk = join(...name.split('/'));
    return {
      place: join(this.#dir, onDisk),
      contentType: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      tag: sha256.slice(0, 32),
      isImmutable: name.startsWith(HASHED_FOLDER),
      encodings: new Set(SUFFIXES.filter(([, suffix]) => present.has(onDisk + suffix)).map(([encoding]) => encoding)),
    };
  }
}

const isInside = (name: string): boolean =>
  NAME.test(name) && !name.split('/').some((part) => part === '.' || part === '..');
