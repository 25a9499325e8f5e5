import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiLimits } from './api-limits.ts';
import type { ApiParts } from './api-parts.ts';
import { REFERENCE_STYLE } from './pages/reference-page.ts';
import { ApiProblem } from './problem.ts';
import { methodsOf } from './routes/find-route.ts';
import type { Route } from './routes/route.ts';
import { ACCEPT_SIGNATURE, NODE_HEADER } from './signature/authenticate.ts';

const styleHash = createHash('sha256').update(REFERENCE_STYLE).digest('base64');

/**
 * On every answer. Pages of every origin may ask (HTTP-6): no cookie and no other standing right is ever looked at, so
 * a page can do no more than a program that was written for it.
 */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'accept-signature, allow, retry-after',
};
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT',
  'access-control-allow-headers': `content-type, content-digest, signature, signature-input, ${NODE_HEADER}`,
  'access-control-max-age': '86400',
};

/** Writes answers, and keeps what nobody takes from filling the memory. */
export class Reply {
  readonly #parts: Pick<ApiParts, 'clock' | 'spread' | 'metrics'>;
  readonly #limits: Pick<ApiLimits, 'untakenBytes' | 'answerMs'>;
  #untaken = 0;

  constructor(
    parts: Pick<ApiParts, 'clock' | 'spread' | 'metrics'>,
    limits: Pick<ApiLimits, 'untakenBytes' | 'answerMs'>,
  ) {
    this.#parts = parts;
    this.#limits = limits;
  }

  preflight(response: ServerResponse): void {
    response.writeHead(204, { ...HEADERS, ...PREFLIGHT });
    response.end();
  }

  /** Resolves when it is taken, or given up. @throws ApiProblem busy */
  async answer(response: ServerResponse, { contentType }: Route, answer: object | string): Promise<void> {
    const text = typeof answer === 'string' ? answer : `${JSON.stringify(answer)}\n`;
    if (this.#untaken + text.length > this.#limits.untakenBytes) {
      throw new ApiProblem('busy', { retryMs: this.#parts.spread(1000) });
    }
    await this.#write(response, 200, { 'content-type': contentType }, text);
  }

  problem(request: IncomingMessage, response: ServerResponse, problem: ApiProblem): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { retryMs } = problem.extras;
    // What is left of a body is not waited for.
    const isUnread = !request.complete;
    const path = (request.url ?? '/').split('?', 1)[0]!;
    void this.#write(
      response,
      problem.status,
      {
        'content-type': 'application/problem+json',
        ...(retryMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryMs / 1000)) }),
        ...(problem.status === 401 ? { 'www-authenticate': 'Signature', 'accept-signature': ACCEPT_SIGNATURE } : {}),
        ...(problem.status === 405 ? { allow: methodsOf(path).join(', ') } : {}),
        ...(isUnread ? { connection: 'close' } : {}),
      },
      `${JSON.stringify(problem.body())}\n`,
    );
  }

  #write(response: ServerResponse, status: number, headers: Record<string, string>, text: string): Promise<void> {
    // Nobody is there any more, and no `close` will come.
    if (response.destroyed) return Promise.resolve();
    this.#untaken += text.length;
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(this.#limits.answerMs, () => response.destroy());
      response.once('close', () => {
        cancel();
        this.#untaken -= text.length;
        resolve();
      });
      response.writeHead(status, { ...HEADERS, ...headers, 'content-length': Buffer.byteLength(text) });
      response.end(text);
    });
  }
}
