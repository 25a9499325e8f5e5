import { MAX_DEVICES } from '@sotto/protocol/identity';
import {
  MAX_ACKNOWLEDGED_IDS,
  MAX_BODY,
  MAX_DEVICE_LIST,
  MAX_ONE_TIME_KEYS,
  MAX_ONE_TIME_KYBER_KEYS,
  MAX_REQUEST_TOKENS,
} from '@sotto/protocol/wire';
import { z } from 'zod';
import { API_LIMITS } from '../api-limits.ts';
import { bytes, device, queryNumber, timeMs, timeSeconds, whole } from './fields.ts';

const MAX_ID = 2 ** 32 - 1;
const account = () => bytes(32, 'Account key (Ed25519).');
const signature = (what: string) => bytes(64, what);
const keyId = () => whole(0, MAX_ID, 'Number of the key, chosen by the device.');

const permission = {
  capability: bytes(16, 'Of a contact: the delivery capability of the account.').optional(),
  requestToken: bytes(16, 'Of an invitation; used once.').optional(),
};

/** POST /v1/envelopes */
export const envelopeUpload = z
  .strictObject({
    mailbox: account(),
    device: device(),
    expires: timeSeconds('When the node throws it away; part of its id.'),
    body: bytes(1, 'Sealed for that device; one of the sizes in /v1/limits.', MAX_BODY),
    ...permission,
  })
  .meta({
    id: 'EnvelopeUpload',
    description: "An envelope for one device. With neither capability nor request token it takes the strangers' lane.",
  });

/** GET /v1/envelopes */
export const fetchQuery = z.strictObject({
  after: queryNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    0,
    'Cursor of the last envelope that came; 0: from the beginning. Only a hint: what is not acknowledged is still there.',
  ),
  limit: queryNumber(1, API_LIMITS.fetchEnvelopes, API_LIMITS.fetchEnvelopes, 'Most envelopes in the answer.'),
  wait: queryNumber(
    0,
    API_LIMITS.maxWaitSeconds,
    0,
    'Seconds to wait for something when nothing is there. A poll that waits takes the place of an attached link or an older poll of the device.',
  ),
});

/** GET /v1/ring */
export const viewQuery = z.strictObject({
  after: queryNumber(0, 1_000_000, 0, 'How many descriptors came before.'),
});

/** POST /v1/acknowledgements */
export const acknowledgement = z
  .strictObject({
    ids: z.array(bytes(32, 'Envelope id.')).min(1).max(MAX_ACKNOWLEDGED_IDS),
    spread: z
      .strictObject({
        at: timeMs('When the device signed.'),
        expires: z
          .array(timeSeconds('Expiry of the envelope.'))
          .min(1)
          .max(MAX_ACKNOWLEDGED_IDS)
          .meta({ description: 'One for each id.' }),
        signature: signature('By the device, for all homes (RING-25).'),
      })
      .optional()
      .meta({
        description:
          'In a ring: the same acknowledgement for the other homes of the account, which this node passes on.',
      }),
  })
  .meta({ id: 'Acknowledgement', description: 'What the device has, and need not be kept any more.' });

const signedKey = (length: number, what: string) =>
  z.strictObject({
    id: keyId(),
    key: bytes(length, what),
    signature: signature('XEdDSA by the identity key, over the key.'),
  });

const deviceList = z.strictObject({
  body: bytes(1, 'DeviceListBody (protobuf).', MAX_DEVICE_LIST),
  signature: signature('By the account, over "sotto/device-list/1" and the body.'),
});

/** POST /v1/keys */
export const keyUpload = z
  .strictObject({
    registrationId: whole(1, 16_380, 'Of the device.'),
    signedPrekey: signedKey(33, '05 and a Curve25519 key.').optional(),
    lastResortKyber: signedKey(1569, '08 and an ML-KEM-1024 key.').optional(),
    sealKey: z
      .strictObject({
        id: keyId(),
        key: bytes(1216, 'X-Wing key.'),
        until: timeMs('Nobody seals to it later.'),
        signature: signature('By the signing key of the device (see identity.md).'),
      })
      .optional(),
    oneTime: z
      .array(z.strictObject({ id: keyId(), key: bytes(33, '05 and a Curve25519 key.') }))
      .max(MAX_ONE_TIME_KEYS)
      .default([]),
    oneTimeKyber: z.array(signedKey(1569, '08 and an ML-KEM-1024 key.')).max(MAX_ONE_TIME_KYBER_KEYS).default([]),
    replaceOneTime: z
      .boolean()
      .default(false)
      .meta({ description: 'One-time keys held so far are not given out any more.' }),
    deviceList: deviceList
      .optional()
      .meta({ description: 'The first upload of an account brings it, and each change.' }),
  })
  .meta({
    id: 'KeyUpload',
    description:
      'What a device publishes. Signed prekey, last-resort key and sealing key come together or not at all; what is absent leaves what is there.',
  });

const hash = (what: string) => bytes(32, what);
const hashes = {
  capabilityHash: hash('SHA-256 of "sotto/capability/1" and the capability.'),
  previousHash: hash('Of the capability before, while it still counts.').optional(),
  previousUntil: timeMs('Until when.').optional(),
};

/** PUT /v1/access */
export const accessChange = z
  .strictObject({
    capabilityHash: hashes.capabilityHash.optional(),
    previousHash: hashes.previousHash,
    previousUntil: hashes.previousUntil,
    requestTokenHashes: z
      .array(hash('SHA-256 of "sotto/request-token/1" and the token.'))
      .max(MAX_REQUEST_TOKENS)
      .default([]),
    signed: z
      .strictObject({
        ...hashes,
        at: timeMs('When the device signed; the latest counts.'),
        device: device(),
        signature: signature('By the signing key of that device (RING-15).'),
      })
      .optional()
      .meta({
        description:
          'In a ring: the same hashes under a signature that other homes believe; in place of the three above.',
      }),
  })
  .meta({
    id: 'AccessChange',
    description:
      'Who may write as a contact. Hashes replace what was set, tokens are added; without a hash only tokens are added.',
  });

/** POST /v1/bundles */
export const bundleQuestion = z
  .strictObject({
    account: account(),
    devices: z.array(device()).max(MAX_DEVICES).default([]).meta({ description: 'Empty: all.' }),
    ...permission,
  })
  .meta({
    id: 'BundleQuestion',
    description:
      'Whose keys are wanted. One-time keys are given only to who shows a capability or a request token, each once.',
  });

/** POST /v1/device-lists */
export const deviceListQuestion = z.strictObject({ account: account() }).meta({ id: 'DeviceListQuestion' });
