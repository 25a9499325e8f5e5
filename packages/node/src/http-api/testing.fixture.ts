import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDevice, type Device, getNode, type NodeInfo, register } from '../../../../docs/examples/http-client.ts';
import { readConfig } from '../config/read-config.ts';
import { silentLog } from '../log.ts';
import { type RunningNode, startNode } from '../server/start-node.ts';
import type { ApiLimits } from './api-limits.ts';
import type { ApiParts } from './api-parts.ts';
import { HttpApi } from './http-api.ts';

/** A node that listens on a free port, and its HTTP address. */
export async function startTestNode(
  flags: Record<string, string> = {},
): Promise<RunningNode & { readonly http: string; readonly info: NodeInfo }> {
  const given = { listen: '127.0.0.1:0', store: 'memory', ...flags };
  const node = await startNode(readConfig({ flags: given, env: {}, file: null }), silentLog, () => {});
  const http = node.url.replace('ws:', 'http:');
  return { ...node, http, info: await getNode(http) };
}

/** The same node through another door: with other limits, or with parts that fail. */
export async function otherDoor(
  api: ApiParts,
  limits: Partial<ApiLimits> = {},
): Promise<{ readonly url: string; readonly api: HttpApi; close(): void }> {
  const door = new HttpApi(api, limits);
  const server: Server = createServer((request, response) => void door.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    api: door,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** An account that the node knows. */
export async function resident(node: NodeInfo): Promise<Device> {
  const device = createDevice();
  await register(node, device);
  return device;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly headers: Headers;
  readonly body: {
    readonly now?: number;
    readonly retryMs?: number;
    readonly versions?: string[];
    readonly detail: string;
  };
}

/** The answer that must be a problem (RFC 9457). */
export async function problemOf(answer: Promise<Response> | Response): Promise<Problem> {
  const response = await answer;
  const body = (await response.json()) as Problem['body'] & { type: string; status: number; code: string };
  if (response.headers.get('content-type') !== 'application/problem+json') throw new Error('not a problem');
  if (body.type !== `/v1#${body.code}` || body.status !== response.status)
    throw new Error('a problem that contradicts itself');
  return { status: response.status, code: body.code, headers: response.headers, body };
}
