import { concat } from '@sotto/protocol/crypto';
import { envelopeId } from '@sotto/protocol/mailbox';
import { create, SpreadAcksSchema } from '@sotto/protocol/wire';
import type { z } from 'zod';
import type { QueuedEnvelope } from '../../store/relay-store.ts';
import { base64url } from '../base64url.ts';
import { ApiProblem } from '../problem.ts';
import { fetchedAnswer, fetchedOf, receiptsOf, storedAnswer } from '../schemas/answers.ts';
import { doneAnswer } from '../schemas/node-answers.ts';
import { acknowledgement, envelopeUpload, fetchQuery } from '../schemas/questions.ts';
import { type Context, type Route, route } from './route.ts';

const NO_BYTES = new Uint8Array(0);
const ENVELOPE_BYTES = 72 * 1024;
const ACKNOWLEDGEMENT_BYTES = 80 * 1024;

const store = route({
  method: 'post',
  path: '/v1/envelopes',
  name: 'storeEnvelope',
  summary: 'Store an envelope for a device',
  description:
    'Without a signature: a signature of the sender would tell the node who writes to whom. The answer comes when the disk has it, with receipts that can be checked. The same envelope may be sent again: it is kept once.',
  body: envelopeUpload,
  maxBodyBytes: ENVELOPE_BYTES,
  answer: storedAnswer,
  problems: [
    'no-account',
    'no-device',
    'not-allowed',
    'token-used',
    'mailbox-full',
    'bad-envelope',
    'not-home',
    'disk-full',
  ],
  run: async ({ api: { primitives, identity }, body, ask, receipts }) => {
    const value = {
      ...body,
      capability: body.capability ?? NO_BYTES,
      requestToken: body.requestToken ?? NO_BYTES,
      live: false,
    };
    await ask({ case: 'send', value }, 'stored');
    const id = base64url(envelopeId(primitives, value));
    return { id, receipts: receiptsOf(receipts(), identity.nodeId, identity.network) };
  },
});

const fetch = route({
  method: 'get',
  path: '/v1/envelopes',
  name: 'fetchEnvelopes',
  summary: 'Fetch what waits for the device',
  description:
    'Nothing is removed by it: acknowledge what you have. With `wait`, an empty mailbox is answered when something comes, or when the time is over.',
  signer: 'device',
  query: fetchQuery,
  answer: fetchedAnswer,
  problems: ['replaced'],
  run: async (context) => {
    const { api, query, limits, owner } = context;
    const { account, device } = owner!;
    const read = (): Promise<QueuedEnvelope[]> => api.stored!.store.take(account, device, query.after, query.limit);
    let page = await read();
    if (page.length === 0 && query.wait > 0) page = await waited(context, read);
    const answer = fetchedOf(page, query.limit, limits.fetchBytes);
    api.metrics.pushed += answer.envelopes.length;
    return answer;
  },
});

async function waited(
  { polls, query, owner, remote, wait, checkListed }: Context<z.output<typeof fetchQuery>, null>,
  read: () => Promise<QueuedEnvelope[]>,
): Promise<QueuedEnvelope[]> {
  const asked = { owner: owner!, remote, after: query.after, waitMs: query.wait * 1000 };
  const end = await polls.wait(asked, wait);
  if (end instanceof ApiProblem) throw end;
  if (end !== 'stored') return [];
  // It may have waited long.
  await checkListed();
  return read();
}

const acknowledge = route({
  method: 'post',
  path: '/v1/acknowledgements',
  name: 'acknowledgeEnvelopes',
  summary: 'Acknowledge envelopes',
  description: 'They are gone from the disk when the answer comes. Ids that are not there are passed over.',
  signer: 'device',
  whileDraining: true,
  body: acknowledgement,
  maxBodyBytes: ACKNOWLEDGEMENT_BYTES,
  answer: doneAnswer,
  problems: ['not-allowed'],
  run: async ({ api, body: { ids, spread }, owner, ask }) => {
    const { account, device } = owner!;
    if (spread === undefined) {
      await ask({ case: 'acknowledge', value: { ids: concat(...ids) } }, 'done');
      // Whoever is attached beside need not be waited for.
      api.attacher.taken(account, device, ids);
    } else {
      const { at, expires, signature } = spread;
      if (expires.length !== ids.length)
        throw new ApiProblem('bad-request', { detail: 'There is one expiry for each id.' });
      const value = create(SpreadAcksSchema, {
        account,
        device,
        at: BigInt(at),
        ids: concat(...ids),
        expires: expires.map(BigInt),
        signature,
      });
      await ask({ case: 'spreadAcks', value }, 'done');
    }
    return {};
  },
});

export const envelopeRoutes: readonly Route[] = [store, fetch, acknowledge];
