import {
  create,
  FetchBundlesSchema,
  KeyUploadSchema,
  SetAccessSchema,
  type KeyUpload,
  type SetAccess,
} from '@sotto/protocol/wire';
import type { z } from 'zod';
import { ApiProblem } from '../problem.ts';
import {
  bundlesAnswer,
  bundlesOf,
  deviceListAnswer,
  deviceListOf,
  keyCountsAnswer,
  keyCountsOf,
} from '../schemas/answers.ts';
import { doneAnswer } from '../schemas/node-answers.ts';
import { accessChange, bundleQuestion, deviceListQuestion, keyUpload } from '../schemas/questions.ts';
import { type Route, route } from './route.ts';

const NO_BYTES = new Uint8Array(0);
const UPLOAD_BYTES = 192 * 1024;

const publish = route({
  method: 'post',
  path: '/v1/keys',
  name: 'publishKeys',
  summary: 'Publish the keys of a device',
  description:
    'The first upload makes the account known here: it brings the device list, and is signed by a device that the list names. Later ones refill one-time keys, replace lasting ones, or bring the next list.',
  signer: 'device-with-list',
  body: keyUpload,
  maxBodyBytes: UPLOAD_BYTES,
  answer: keyCountsAnswer,
  problems: ['bad-keys', 'not-allowed'],
  run: async ({ body, ask }) =>
    keyCountsOf(await ask({ case: 'publishKeys', value: keyUploadMessage(body) }, 'keyCounts')),
});

/** @param body validated */
function keyUploadMessage({
  signedPrekey,
  lastResortKyber,
  sealKey,
  deviceList,
  ...rest
}: z.output<typeof keyUpload>): KeyUpload {
  return create(KeyUploadSchema, {
    ...rest,
    ...(signedPrekey === undefined ? {} : { signedPrekey }),
    ...(lastResortKyber === undefined ? {} : { lastResortKyber }),
    ...(sealKey === undefined ? {} : { sealKey: { ...sealKey, until: BigInt(sealKey.until) } }),
    ...(deviceList === undefined ? {} : { deviceList }),
  });
}

const counts = route({
  method: 'get',
  path: '/v1/keys',
  name: 'countKeys',
  summary: 'How many one-time keys are left',
  description: 'Refill below 20 one-time keys or 5 one-time ML-KEM keys.',
  signer: 'device',
  answer: keyCountsAnswer,
  run: async ({ api, owner }) => {
    const { account, device } = owner!;
    const store = api.stored!.store;
    const [held, access] = await Promise.all([store.keyCounts(account, device), store.access(account)]);
    return { ...held, deviceListRevision: access?.deviceListRevision ?? 0 };
  },
});

const setAccess = route({
  method: 'put',
  path: '/v1/access',
  name: 'setAccess',
  summary: 'Say who may write as a contact',
  description: 'The node keeps hashes, never the secrets.',
  signer: 'device',
  body: accessChange,
  answer: doneAnswer,
  problems: ['bad-keys', 'no-account', 'older'],
  run: async ({ body, ask }) => {
    await ask({ case: 'setAccess', value: accessMessage(body) }, 'done');
    return {};
  },
});

function accessMessage({ requestTokenHashes, signed, ...hashes }: z.output<typeof accessChange>): SetAccess {
  const { capabilityHash, previousHash, previousUntil } = hashes;
  if (signed !== undefined && capabilityHash !== undefined) {
    throw new ApiProblem('bad-request', { detail: 'The hashes stand in `signed` or beside it, not in both.' });
  }
  return create(SetAccessSchema, {
    capabilityHash: capabilityHash ?? NO_BYTES,
    previousHash: previousHash ?? NO_BYTES,
    previousUntil: BigInt(previousUntil ?? 0),
    requestTokenHashes,
    ...(signed === undefined
      ? {}
      : {
          signed: {
            ...signed,
            previousHash: signed.previousHash ?? NO_BYTES,
            previousUntil: BigInt(signed.previousUntil ?? 0),
            at: BigInt(signed.at),
          },
        }),
  });
}

const claim = route({
  method: 'post',
  path: '/v1/bundles',
  name: 'claimBundles',
  summary: 'Get the keys of somebody to write to',
  description: 'Uses up one-time keys, so it is no GET. The rate is limited for each account that is asked about.',
  body: bundleQuestion,
  answer: bundlesAnswer,
  problems: ['no-account', 'too-many'],
  run: async ({ body, ask }) => {
    const { account, devices, capability = NO_BYTES, requestToken = NO_BYTES } = body;
    const value = create(FetchBundlesSchema, { account, devices, capability, requestToken });
    return bundlesOf(await ask({ case: 'fetchBundles', value }, 'bundles'));
  },
});

const lookUp = route({
  method: 'post',
  path: '/v1/device-lists',
  name: 'lookUpDeviceList',
  summary: 'Which devices an account has',
  description: 'Signed by the account. Asked in a body, so that no log of a proxy holds who was asked about.',
  body: deviceListQuestion,
  answer: deviceListAnswer,
  problems: ['no-account', 'too-many'],
  run: async ({ body: { account }, ask }) => {
    const value = create(FetchBundlesSchema, { account });
    return deviceListOf(await ask({ case: 'fetchBundles', value }, 'bundles'));
  },
});

export const keyRoutes: readonly Route[] = [publish, counts, setAccess, claim, lookUp];
