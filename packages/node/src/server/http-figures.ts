import type { IncomingMessage, ServerResponse } from 'node:http';
import { countIn, type NodeMetrics } from '../node-metrics.ts';
import { boundOf } from '../stages/coarse-times.ts';

const PAGES: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics', '/ring', '/node.json']);

/**
 * Counts HTTP requests by the route that answered them, never by what they asked for: paths, names and addresses of
 * clients are in none of it.
 */
export class HttpFigures {
  readonly #metrics: NodeMetrics;
  readonly #isApi: (request: IncomingMessage) => boolean;
  readonly #isRoute: (path: string) => boolean;

  /** @param isRoute whether the HTTP interface has this very path */
  constructor(metrics: NodeMetrics, isApi: (request: IncomingMessage) => boolean, isRoute: (path: string) => boolean) {
    this.#metrics = metrics;
    this.#isApi = isApi;
    this.#isRoute = isRoute;
  }

  /** Until its answer was taken, or given up. */
  follow(request: IncomingMessage, response: ServerResponse): void {
    const metrics = this.#metrics;
    const beganMs = performance.now();
    metrics.httpUnderWay += 1;
    response.once('close', () => {
      const route = this.#routeOf(request);
      metrics.httpUnderWay -= 1;
      // Without an answer: the other side gave up.
      const status = response.headersSent ? `${Math.floor(response.statusCode / 100)}xx` : 'none';
      countIn(metrics.httpRequests, `${route} ${status}`);
      countIn(metrics.httpTimes, `${route} ${boundOf(performance.now() - beganMs)}`);
    });
  }

  #routeOf(request: IncomingMessage): string {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    if (this.#isApi(request)) return this.#isRoute(path) ? path : 'other-api';
    return PAGES.has(path) ? path : 'web';
  }
}
