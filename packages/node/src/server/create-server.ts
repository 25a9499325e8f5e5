import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseSubprotocol } from '@sotto/protocol/link';
import type { NodeCore } from '../node-core.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import { ApiOnDemand } from './api-on-demand.ts';
import { type MetricsPage, pagesOf } from './http-pages.ts';
import { HttpFigures } from './http-figures.ts';
import { KeepAlive } from './keep-alive.ts';
import { TrustedProxies } from './trusted-proxies.ts';
import { limitSilentConnections } from './silent-connections.ts';
import { ServerSocket } from './web-socket/server-socket.ts';
import { answerUpgrade } from './web-socket/upgrade.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** PEM; null: plain HTTP. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer; readonly ticketKeys?: Buffer } | null;
  /** Other processes of this node listen on the same port; the system deals connections out. */
  readonly sharesPort?: boolean;
  readonly metrics: NodeMetrics;
  readonly isRoom: boolean;
  /** Where clients reach this node, when that is not where it listens; null: the listening address. */
  readonly publicUrl: string | null;
  /** Folder of the built web client; none: none is served. */
  readonly web?: string | null;
  /** Text of /ring; none: there is no such page. */
  readonly ringPage?: () => Promise<string>;
  /** Who sees /metrics and /ring; default: this machine alone. */
  readonly watchers?: 'local' | 'anyone';
  /** Proxies whose word counts on where a request comes from, as `isNetwork` takes them; none: nobody's. */
  readonly trustedProxies?: readonly string[];
  /** Text of /metrics; none: what this process counts. */
  readonly metricsPage?: () => Promise<MetricsPage>;
  /** Makes the core once the port is known. */
  readonly core: (port: number) => NodeCore;
}

export interface NodeServer {
  readonly core: NodeCore;
  readonly port: number;
  /** ws:// or wss:// */
  readonly url: string;
  /** Drains the core, then closes everything; what does not close by itself within a second is cut. */
  close(): Promise<void>;
}

const CUT_MS = 1000;
const REQUEST_MS = 10_000;
const CHECK_MS = 5000;

/**
 * HTTP and WebSockets on one port.
 * @throws the system's error when the port cannot be had: EADDRINUSE, EACCES, EADDRNOTAVAIL
 */
export async function createServer(options: ServerOptions): Promise<NodeServer> {
  const limits = {
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    maxHeaderSize: 8192,
    noDelay: true,
    connectionsCheckingInterval: CHECK_MS,
  };
  // Not imported: an import of node:http touches everything it exports, a WebSocket client with all of its own
  // included, and that costs 15 MB.
  const server: Server =
    options.tls === null
      ? process.getBuiltinModule('node:http').createServer(limits)
      : process.getBuiltinModule('node:https').createServer({ ...limits, ...options.tls });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const url = options.publicUrl ?? `${options.tls === null ? 'ws' : 'wss'}://${hostInUrl(options.host)}:${port}`;
  const core = options.core(port);
  limitSilentConnections(server, core.api.limits, options.metrics);
  const keepAlive = new KeepAlive();
  let closing = false;

  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const remoteOf = (request: IncomingMessage): string => proxies.keyOf(request);

  const pages = pagesOf({
    ...options,
    remoteOf,
    web: options.web ?? null,
    ringPage: options.ringPage ?? null,
    metricsPage: options.metricsPage ?? null,
    isTls: options.tls !== null,
    isReady: () => !closing,
    url: () => url,
  });
  const api = new ApiOnDemand(core.api, remoteOf);
  const figures = new HttpFigures(
    options.metrics,
    (request) => ApiOnDemand.isFor(request),
    (path) => api.hasRoute(path),
  );
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    figures.follow(request, response);
    if (ApiOnDemand.isFor(request)) api.handle(request, response);
    else pages(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // The close that follows says what is to be said.
    stream.on('error', () => {});
    const subprotocol = answerUpgrade(request, stream, chooseSubprotocol);
    if (subprotocol === null) return;
    const socket = new ServerSocket(stream, (ended) => keepAlive.delete(ended));
    keepAlive.add(socket);
    core.accept(socket, subprotocol, remoteOf(request));
    socket.begin(head);
  });

  return {
    core,
    port,
    url,
    close: async () => {
      closing = true;
      api.drain();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await core.drain();
      server.closeIdleConnections();
      const cut = setTimeout(() => {
        keepAlive.terminateAll();
        server.closeAllConnections();
      }, CUT_MS);
      await closed;
      clearTimeout(cut);
      keepAlive.terminateAll();
    },
  };
}

/** What is not spoken here is agreed to as well, so that the core can close it with a code that says so. */
function chooseSubprotocol(offered: readonly string[]): string {
  return offered.find((name) => parseSubprotocol(name) !== null) ?? offered[0] ?? '';
}

function listen(server: Server, { host, port, sharesPort = false }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096, ...(sharesPort && { reusePort: true }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
