import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiParts } from '../http-api/api-parts.ts';
import type { HttpApi } from '../http-api/http-api.ts';

/** The HTTP interface, loaded when the first request for it comes: most nodes are asked by links alone. */
export class ApiOnDemand {
  readonly #parts: ApiParts;
  readonly #remoteOf: (request: IncomingMessage) => string;
  #loading: Promise<HttpApi> | null = null;
  #loaded: HttpApi | null = null;
  #draining = false;

  /** @param remoteOf where a request comes from, for limits */
  constructor(parts: ApiParts, remoteOf: (request: IncomingMessage) => string) {
    this.#parts = parts;
    this.#remoteOf = remoteOf;
  }

  /** Whatever version it asks for: what is not spoken is answered as the interface answers. */
  static isFor({ url = '' }: IncomingMessage): boolean {
    return /^\/v[0-9]+(?:[/?]|$)/.test(url);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    // Now: an ended socket has no address.
    const remote = this.#remoteOf(request);
    if (this.#loaded !== null) {
      void this.#loaded.handle(request, response, remote);
      return;
    }
    this.#loading ??= import('../http-api/http-api.ts').then(({ HttpApi: Api }) => {
      this.#loaded = new Api(this.#parts);
      if (this.#draining) this.#loaded.drain();
      return this.#loaded;
    });
    this.#loading.then(
      (api) => void api.handle(request, response, remote),
      () => response.destroy(),
    );
  }

  /** False also while nobody asked for any. */
  hasRoute(path: string): boolean {
    return this.#loaded?.hasRoute(path) === true;
  }

  /** The node goes away. */
  drain(): void {
    this.#draining = true;
    this.#loaded?.drain();
  }
}
