import { createPrivateKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import type { FrameBody } from '@sotto/protocol/wire';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { createDevice, type Device, getNode, type NodeInfo, register } from '../../../../docs/examples/http-client.ts';
import { readConfig } from '../config/read-config.ts';
import { silentLog } from '../log.ts';
import { remoteKey } from '../server/remote-key.ts';
import { type RunningNode, startNode } from '../server/start-node.ts';
import { TestClient } from '../testing/test-client.ts';
import type { TestPerson } from '../testing/test-person.ts';
import type { VirtualSocket } from '../testing/virtual-socket.ts';
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
  const server: Server = createServer(
    (request, response) => void door.handle(request, response, remoteKey(request.socket.remoteAddress ?? '')),
  );
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

/** A person of the links, as the foreign client sees him. */
export const deviceOf = (person: TestPerson): Device => {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), person.device.signingSeed]);
  const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = Buffer.from(person.mailbox);
  const signing = { secret, publicKey: Buffer.from(person.device.signingKey) };
  return {
    ...createDevice(),
    account: { secret, publicKey },
    device: 1,
    signing,
    capability: Buffer.from(person.capability),
  };
};

/** A real WebSocket to a real node. @param person null: anonymous */
export async function openLink(node: RunningNode, person: TestPerson | null): Promise<TestClient> {
  const { identity } = node.core.api;
  const pipe = {
    onMessage: (_message: Uint8Array): void => {},
    onClose: (_code: number): void => {},
    send: (_message: Uint8Array): void => {},
  };
  const client = new TestClient(pipe as unknown as VirtualSocket, {
    primitives: nodePrimitives,
    random: systemRandom,
    node: identity,
    person,
    psk: null,
    cipher: 'ChaChaPoly',
  });
  const ws = new WebSocket(node.url, [client.subprotocol], { perMessageDeflate: false });
  ws.binaryType = 'nodebuffer';
  pipe.send = (message) => ws.send(message);
  ws.on('message', (message: Buffer) => pipe.onMessage(new Uint8Array(message)));
  ws.on('close', (code: number) => pipe.onClose(code));
  await new Promise((resolve) => ws.once('open', resolve));
  client.start();
  await expect.poll(() => client.open).toBe(true);
  return client;
}

/** Asks over a link, and waits for the answer. */
export async function over(client: TestClient, body: FrameBody): Promise<FrameBody> {
  const request = client.post(body);
  await expect.poll(() => client.answer(request)).toBeDefined();
  return client.answer(request)!;
}
