import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Encoding, suffixOf, WebBuild, type WebFile } from './web-build.ts';
import { HSTS, WEB_HEADERS } from './web-headers.ts';

/** A reader that takes nothing for so long is cut. */
const STALLED_MS = 30_000;
/** And one that takes it by the byte: no longer than that is a file held open for it. */
const ANSWER_MS = 300_000;

/** Serves the built web client out of a folder. */
export class WebClient {
  readonly #build: WebBuild;
  readonly #isTls: boolean;
  readonly #answerMs: number;

  constructor(dir: string, isTls: boolean, answerMs = ANSWER_MS) {
    this.#build = new WebBuild(dir);
    this.#isTls = isTls;
    this.#answerMs = answerMs;
  }

  /**
   * @param path without query
   * @returns false: there is no such file, nothing was answered
   */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const file = await this.#build.find(path);
    if (file === null) return false;
    const encoding = chooseEncoding(request.headers['accept-encoding'] ?? '', file);
    const tag = `"${file.tag}${encoding === null ? '' : `-${encoding}`}"`;
    const headers: Record<string, string> = {
      ...WEB_HEADERS,
      ...(this.#isTls ? { 'strict-transport-security': HSTS } : {}),
      'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
      etag: tag,
    };
    if (isKnown(request.headers['if-none-match'] ?? '', tag)) {
      response.writeHead(304, headers);
      response.end();
      return true;
    }
    headers['content-type'] = file.contentType;
    if (encoding !== null) headers['content-encoding'] = encoding;
    const handle = await open(encoding === null ? file.place : file.place + suffixOf(encoding));
    try {
      await send(handle, headers, request, response, AbortSignal.timeout(this.#answerMs));
    } finally {
      await handle.close();
    }
    return true;
  }
}

async function send(
  handle: FileHandle,
  headers: Record<string, string>,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await handle.stat();
  response.setTimeout(STALLED_MS);
  response.writeHead(200, { ...headers, 'content-length': size });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(handle.createReadStream({ autoClose: false }), response, { signal });
}

/** RFC 9110, section 12.5.3: a coding that is named, and not with weight 0. */
function chooseEncoding(accepted: string, { encodings }: WebFile): Encoding | null {
  const named = new Set(
    accepted
      .split(',')
      .map((part) =>
        part
          .trim()
          .toLowerCase()
          .split(/\s*;\s*q=/),
      )
      .filter(([, weight]) => weight === undefined || Number(weight) > 0)
      .map(([name]) => name),
  );
  for (const encoding of ['br', 'gzip'] as const) if (named.has(encoding) && encodings.has(encoding)) return encoding;
  return null;
}

/** RFC 9110, section 13.1.2; proxies may have made the tag a weak one. */
const isKnown = (given: string, tag: string): boolean =>
  given === '*' || given.split(',').some((part) => part.trim().replace(/^W\//, '') === tag);
