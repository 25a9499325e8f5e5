import {
  create,
  FetchViewSchema,
  MAX_ACKNOWLEDGED_IDS,
  MAX_ONE_TIME_KEYS,
  MAX_ONE_TIME_KYBER_KEYS,
} from '@sotto/protocol/wire';
import { base64url } from '../base64url.ts';
import { viewAnswer, viewOf } from '../schemas/answers.ts';
import { limitsAnswer, nodeAnswer } from '../schemas/node-answers.ts';
import { viewQuery } from '../schemas/questions.ts';
import { type Route, route } from './route.ts';

export const VERSIONS = ['v1'];

const node = route({
  method: 'get',
  path: '/v1/node',
  name: 'getNode',
  summary: 'Which node this is',
  description: 'Ask it before anything else: requests are signed for one node, and receipts are checked with its key.',
  everywhere: true,
  answer: nodeAnswer,
  run: ({ api: { identity, descriptor, clock, urls, stored, isRoom } }) => ({
    node: base64url(identity.nodeId),
    network: base64url(identity.network),
    descriptor: base64url(descriptor.at(clock.now())),
    urls,
    keeps: stored !== null,
    room: isRoom,
    now: clock.now(),
    versions: VERSIONS,
  }),
});

const ring = route({
  method: 'get',
  path: '/v1/ring',
  name: 'getRing',
  summary: 'The nodes of the network',
  description:
    'Their signed descriptors, page by page: go on with `after` until there are `total`. Who is at home where follows from them (RING-3).',
  everywhere: true,
  query: viewQuery,
  answer: viewAnswer,
  problems: ['too-many'],
  run: async ({ query: { after }, ask }) => {
    const value = create(FetchViewSchema, { known: new Uint8Array(0), after, onlySelf: false });
    return viewOf(await ask({ case: 'fetchView', value }, 'view'));
  },
});

/** @param routes all of them */
export const limitsRoute = (routes: () => readonly Route[]): Route =>
  route({
    method: 'get',
    path: '/v1/limits',
    name: 'getLimits',
    summary: 'What may be asked, and how much',
    everywhere: true,
    answer: limitsAnswer,
    run: ({ api, limits }) => ({
      bodySizes: api.limits.bodySizes,
      maxExpirySeconds: api.limits.maxExpirySeconds,
      fetchEnvelopes: limits.fetchEnvelopes,
      maxWaitSeconds: limits.maxWaitSeconds,
      acknowledgedIds: MAX_ACKNOWLEDGED_IDS,
      oneTimeKeys: MAX_ONE_TIME_KEYS,
      oneTimeKyberKeys: MAX_ONE_TIME_KYBER_KEYS,
      requestBytes: Object.fromEntries(
        routes()
          .filter(({ body }) => body !== null)
          .map(({ method, path, maxBodyBytes }) => [`${method.toUpperCase()} ${path}`, maxBodyBytes]),
      ),
      requestsPerSecond: limits.requestsPerSecond,
      signatureSeconds: limits.signatureSeconds,
    }),
  });

export const nodeRoutes: readonly Route[] = [node, ring];
