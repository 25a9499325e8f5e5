import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostOf, placeOfHost } from '@sotto/protocol/ring';
import type { NodeMetrics } from '../node-metrics.ts';
import { AnswerLimit, ANSWER_LIMITS } from './answer-limit.ts';
import type { AnswerLimits } from './answer-limit.ts';
import type { WebClient } from './web/web-client.ts';

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

export interface PageParts {
  readonly metrics: NodeMetrics;
  /** False while the node drains. */
  readonly isReady: () => boolean;
  /** The node's own WebSocket address, for the hint on the front page. */
  readonly url: () => string;
  readonly isRoom: boolean;
  /** Folder of the built web client; null: none. */
  readonly web: string | null;
  readonly isTls: boolean;
  /** Text of /ring; null: there is no such page. */
  readonly ringPage: (() => Promise<string>) | null;
  /** Text of /metrics; null: what `metrics` counts. */
  readonly metricsPage?: (() => Promise<MetricsPage>) | null;
  /** Who sees /metrics and /ring: totals of a small node tell when people write. Default: this machine alone. */
  readonly watchers?: 'local' | 'anyone';
  /** Where a request comes from, for limits. */
  readonly remoteOf: (request: IncomingMessage) => string;
  readonly answerLimits?: AnswerLimits;
}

const RETRY_AFTER_S = 2;
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

interface Pages extends PageParts {
  readonly webClient: () => Promise<WebClient | null>;
  /** Of the web client's files alone: the others fit into what the system keeps of a connection, whoever reads them. */
  readonly limit: AnswerLimit;
}

/** `/health`, `/ready`, `/metrics`, `/ring`, and the web client's files, or a front page without one; everything else of HTTP is refused. */
export function pagesOf(parts: PageParts): (request: IncomingMessage, response: ServerResponse) => void {
  const pages = { ...parts, webClient: onDemand(parts), limit: new AnswerLimit(parts.answerLimits ?? ANSWER_LIMITS) };
  return (request, response) => {
    answer(pages, request, response).catch(() => {
      if (!response.headersSent) reply(response, 500, 'text/plain', 'internal error\n');
      else response.destroy();
    });
  };
}

/** Loaded when the first browser comes. */
function onDemand({ web, isTls }: PageParts): () => Promise<WebClient | null> {
  let loaded: Promise<WebClient> | null = null;
  return async () => {
    if (web === null) return null;
    loaded ??= import('./web/web-client.ts').then(({ WebClient }) => new WebClient(web, isTls));
    return loaded;
  };
}

async function answer(parts: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, 405, 'text/plain', 'method not allowed\n');
  }
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  switch (path) {
    case '/health':
      return reply(response, 200, 'text/plain', 'ok\n');
    case '/ready':
      return parts.isReady()
        ? reply(response, 200, 'text/plain', 'ready\n')
        : reply(response, 503, 'text/plain', 'going away\n');
    case '/node.json':
      // What a page has to know before it makes an account here: whether it must ask for the key of a private room.
      return reply(response, 200, 'application/json', `${JSON.stringify({ room: parts.isRoom })}\n`);
    case '/metrics': {
      if (!mayWatch(parts, request)) return reply(response, 404, 'text/plain', 'not found\n');
      const { contentType, text } = await (parts.metricsPage ?? ownMetrics)(parts);
      return reply(response, 200, contentType, text);
    }
    case '/ring':
      if (parts.ringPage === null || !mayWatch(parts, request))
        return reply(response, 404, 'text/plain', 'not found\n');
      return reply(response, 200, 'text/plain; charset=utf-8', await parts.ringPage());
    default: {
      const web = await parts.webClient();
      const end = parts.limit.begin(parts.remoteOf(request));
      if (end === null) {
        response.setHeader('retry-after', RETRY_AFTER_S);
        return reply(response, 503, 'text/plain', 'too many at once\n');
      }
      response.once('close', end);
      if (web !== null && (await web.answer(path, request, response))) return;
      if (path === '/') return reply(response, 200, 'text/html; charset=utf-8', frontPage(parts));
      return reply(response, 404, 'text/plain', 'not found\n');
    }
  }
}

async function ownMetrics({ metrics }: Pages): Promise<MetricsPage> {
  // Loaded when somebody asks for the first time: most nodes are small.
  const { metricsText } = await import('./prometheus.ts');
  return metricsText(metrics);
}

/** Named by another host it was a page of somebody else that asks, passed on it was a proxy. */
function mayWatch({ watchers = 'local' }: PageParts, { socket, headers }: IncomingMessage): boolean {
  if (watchers === 'anyone') return true;
  const isPassedOn = PROXY_HEADERS.some((name) => headers[name] !== undefined);
  const isHere = placeOfHost(socket.remoteAddress ?? '') === 'loopback';
  return isHere && !isPassedOn && placeOfHost(hostOf(`ws://${headers.host ?? ''}`)) === 'loopback';
}

function reply(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': contentType });
  response.end(text);
}

function frontPage({ url, isRoom }: PageParts): string {
  const psk = isRoom ? ' --psk-file FILE' : '';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sotto node</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:3em auto;padding:0 1em}code{background:#8882;padding:.1em .3em}</style>
<h1>This is a Sotto node</h1>
<p>It passes on end-to-end encrypted messages. It cannot read them, and it does not know who writes to whom.</p>
<p>To open a conversation, run this in a terminal where Sotto is installed:</p>
<p><code>npx sotto chat --node ${escapeHtml(url())}${psk}</code></p>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
