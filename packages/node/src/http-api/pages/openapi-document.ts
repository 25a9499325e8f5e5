import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { type ProblemCode, PROBLEMS } from '../problem.ts';
import type { Route } from '../routes/route.ts';
import { problemAnswer } from '../schemas/node-answers.ts';
import { ACCEPT_SIGNATURE } from '../signature/authenticate.ts';

const SIGNATURE_PROBLEMS: readonly ProblemCode[] = [
  'signature-missing',
  'signature-malformed',
  'signature-invalid',
  'signature-stale',
  'signature-replayed',
  'wrong-node',
  'unknown-device',
];
const ALWAYS: readonly ProblemCode[] = ['too-many', 'internal', 'busy'];

/** Everything that a route may answer beside 200. */
function problemsOf({ signer, everywhere, whileDraining, body, query, problems }: Route): ProblemCode[] {
  return [
    ...(signer === 'nobody' ? [] : SIGNATURE_PROBLEMS),
    ...(signer !== 'nobody' && body !== null ? (['bad-digest'] as const) : []),
    ...(body === null ? [] : (['bad-request', 'too-large', 'unsupported-media-type'] as const)),
    ...(query === null ? [] : (['bad-request'] as const)),
    ...(everywhere ? [] : (['private-room', 'live-node'] as const)),
    ...(whileDraining ? [] : (['going-away'] as const)),
    ...problems,
    ...ALWAYS,
  ].filter((code, at, all) => all.indexOf(code) === at);
}

const signatureHeaders = z.object({
  'sotto-node': z
    .string()
    .meta({ description: 'Id of the node that the request is for, in base64url. Covered by the signature.' }),
  'signature-input': z.string().meta({ description: `RFC 9421. At least: ${ACCEPT_SIGNATURE}` }),
  signature: z.string().meta({ description: 'RFC 9421, Ed25519, by the signing key of the device.' }),
});
const digestHeader = z.object({
  'content-digest': z.string().meta({ description: 'RFC 9530, sha-256 or sha-512. Covered by the signature.' }),
});

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { name, summary, description, signer, query, body, answer, contentType } = route;
  const isSigned = signer !== 'nobody';
  const header = body === null ? signatureHeaders : signatureHeaders.extend(digestHeader.shape);
  const byStatus = Map.groupBy(problemsOf(route), (code) => String(PROBLEMS[code].status));
  const responses = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join(' '),
      content: { 'application/problem+json': { schema: problemAnswer } },
    },
  ]);
  return {
    operationId: name,
    summary,
    ...(description === '' ? {} : { description }),
    ...(isSigned ? { security: [{ device: [] }] } : {}),
    requestParams: {
      ...(query === null ? {} : { query: query as z.ZodObject }),
      ...(isSigned ? { header } : {}),
    },
    ...(body === null ? {} : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      '200': { description: 'Done.', content: { [contentType.split(';', 1)[0]!]: { schema: answer } } },
      ...Object.fromEntries(responses),
    },
  };
}

function pathsOf(routes: readonly Route[]) {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, here]) => [path, Object.fromEntries(here.map((one) => [one.method, operationOf(one)]))]),
  );
}

/** OpenAPI 3.1, made of the schemas that the requests are checked with. */
const openApiDocument = (routes: readonly Route[]): ReturnType<typeof createDocument> =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Sotto node',
      version: '1.0.0',
      summary: 'Keeps sealed envelopes for people who are away.',
      description:
        'For clients that cannot hold a WebSocket. What the node does with an envelope, a key or an acknowledgement is the same as over a link. No account, device or secret ever stands in an address.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: pathsOf(routes),
    components: {
      securitySchemes: {
        device: {
          type: 'http',
          scheme: 'signature',
          description: `HTTP Message Signatures (RFC 9421) with Ed25519, by the signing key of a device. keyid is ACCOUNT.DEVICE: the account key in base64url, a full stop, the number of the device. ${ACCEPT_SIGNATURE}`,
        },
      },
    },
  });

let text: string | null = null;

/** The same as JSON, made once. */
export const documentText = (routes: readonly Route[]): string =>
  (text ??= `${JSON.stringify(openApiDocument(routes), null, 1)}\n`);
