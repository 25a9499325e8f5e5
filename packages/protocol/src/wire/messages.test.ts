import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import * as wire from './index.ts';
import { WireError, type WireErrorCode } from './index.ts';

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const encoded = <Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array =>
  toBinary(schema, create(schema, init));

function refusal(work: () => unknown): WireErrorCode | 'accepted' {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

/** A decoder, a message it takes, and changes it must refuse. */
function describeMessage<Desc extends DescMessage>(
  name: string,
  schema: Desc,
  decode: (bytes: Uint8Array) => unknown,
  good: MessageInitShape<Desc>,
  bad: readonly [MessageInitShape<Desc>, WireErrorCode][],
): void {
  describe(`the message ${name}`, () => {
    it(`WIRE-4: ${name} is taken`, () => {
      expect(refusal(() => decode(encoded(schema, good)))).toBe('accepted');
    });
    it.each(bad.map(([change, code]) => [Object.keys(change).join(', '), code, change] as const))(
      `WIRE-4: ${name}: wrong %s is %s`,
      (_, code, change) => {
        expect(refusal(() => decode(encoded(schema, { ...good, ...change })))).toBe(code);
      },
    );
    it(`WIRE-3: ${name}: cut short or followed by junk`, () => {
      const bytes = encoded(schema, good);
      expect(refusal(() => decode(bytes.subarray(0, -1)))).not.toBe('accepted');
      expect(refusal(() => decode(Uint8Array.of(...bytes, 0x0f)))).toBe('malformed');
      expect(refusal(() => decode(zeros(70_000)))).toBe('too-large');
    });
  });
}

const curveKey = { id: 1, key: zeros(33), signature: zeros(64) };
const kyberKey = { id: 1, key: zeros(1569), signature: zeros(64) };
const sealKey = { id: 1, key: zeros(1216), until: 1n, signature: zeros(64) };
const certificate = { body: zeros(9), accountSignature: zeros(64), deviceSignature: zeros(64) };
const route = { network: zeros(32), node: zeros(32), urls: ['ws://localhost:8080'] };

describeMessage('Invite', wire.InviteSchema, wire.decodeInvite, { version: 1, account: zeros(32), route, name: 'A' }, [
  [{ version: 2 }, 'unknown-version'],
  [{ version: 0 }, 'missing-field'],
  [{ account: zeros(31) }, 'bad-length'],
  [{ account: zeros(0) }, 'missing-field'],
  [{ route: undefined as never }, 'missing-field'],
  [{ route: { ...route, node: zeros(3) } }, 'bad-length'],
  [{ route: { ...route, urls: [''] } }, 'missing-field'],
  [{ route: { ...route, urls: ['x'.repeat(257)] } }, 'too-large'],
  [{ route: { ...route, urls: Array<string>(9).fill('x') } }, 'too-many'],
  [{ name: 'x'.repeat(65) }, 'too-large'],
  [{ requestToken: zeros(15) }, 'bad-length'],
  [{ psk: zeros(33) }, 'bad-length'],
]);

describeMessage('DeviceCertificate', wire.DeviceCertificateSchema, wire.decodeDeviceCertificate, certificate, [
  [{ body: zeros(0) }, 'missing-field'],
  [{ body: zeros(380) }, 'too-large'],
  [{ accountSignature: zeros(63) }, 'bad-length'],
  [{ deviceSignature: zeros(0) }, 'missing-field'],
]);

describeMessage(
  'DeviceCertificateBody',
  wire.DeviceCertificateBodySchema,
  wire.decodeDeviceCertificateBody,
  {
    version: 1,
    account: zeros(32),
    device: 127,
    identityKey: zeros(33),
    signingKey: zeros(32),
    linkKey: zeros(32),
    createdAt: 5n,
  },
  [
    [{ version: 9 }, 'unknown-version'],
    [{ account: zeros(33) }, 'bad-length'],
    [{ device: 0 }, 'out-of-range'],
    [{ device: 128 }, 'out-of-range'],
    [{ identityKey: zeros(32) }, 'bad-length'],
    [{ signingKey: zeros(64) }, 'bad-length'],
    [{ linkKey: zeros(0) }, 'missing-field'],
    [{ createdAt: 2n ** 53n }, 'out-of-range'],
  ],
);

describeMessage('DeviceList', wire.DeviceListSchema, wire.decodeDeviceList, { body: zeros(9), signature: zeros(64) }, [
  [{ body: zeros(0) }, 'missing-field'],
  [{ signature: zeros(65) }, 'bad-length'],
]);

describeMessage(
  'DeviceListBody',
  wire.DeviceListBodySchema,
  wire.decodeDeviceListBody,
  { version: 1, account: zeros(32), revision: 1n, devices: [certificate], highestDevice: 1 },
  [
    [{ version: 2 }, 'unknown-version'],
    [{ account: zeros(1) }, 'bad-length'],
    [{ devices: [{ ...certificate, body: zeros(0) }] }, 'missing-field'],
    [{ devices: Array.from({ length: 128 }, () => certificate) }, 'too-many'],
    [{ previousHash: zeros(31) }, 'bad-length'],
    [{ highestDevice: 128 }, 'out-of-range'],
  ],
);

describeMessage(
  'NodeDescriptor',
  wire.NodeDescriptorSchema,
  wire.decodeNodeDescriptor,
  { body: zeros(9), signature: zeros(64) },
  [
    [{ body: zeros(0) }, 'missing-field'],
    [{ body: zeros(3072) }, 'too-large'],
    [{ signature: zeros(0) }, 'missing-field'],
  ],
);

describeMessage(
  'NodeDescriptorBody',
  wire.NodeDescriptorBodySchema,
  wire.decodeNodeDescriptorBody,
  {
    version: 1,
    node: zeros(32),
    linkKey: zeros(32),
    network: zeros(32),
    urls: ['wss://a'],
    capabilities: ['store'],
    operator: zeros(32),
  },
  [
    [{ version: 2 }, 'unknown-version'],
    [{ node: zeros(31) }, 'bad-length'],
    [{ linkKey: zeros(31) }, 'bad-length'],
    [{ network: zeros(31) }, 'bad-length'],
    [{ operator: zeros(31) }, 'bad-length'],
    [{ urls: Array<string>(9).fill('x') }, 'too-many'],
    [{ capabilities: Array<string>(17).fill('x') }, 'too-many'],
    [{ capabilities: [''] }, 'out-of-range'],
  ],
);

describeMessage(
  'KeyUpload',
  wire.KeyUploadSchema,
  wire.decodeKeyUpload,
  {
    registrationId: 16_380,
    signedPrekey: curveKey,
    lastResortKyber: kyberKey,
    sealKey,
    oneTime: Array.from({ length: 100 }, () => ({ id: 1, key: zeros(33) })),
    oneTimeKyber: Array.from({ length: 20 }, () => kyberKey),
    deviceList: { body: zeros(400), signature: zeros(64) },
  },
  [
    [{ registrationId: 0 }, 'out-of-range'],
    [{ registrationId: 16_381 }, 'out-of-range'],
    [{ signedPrekey: kyberKey }, 'bad-length'],
    [{ lastResortKyber: curveKey }, 'bad-length'],
    [{ lastResortKyber: { ...kyberKey, signature: zeros(0) } }, 'missing-field'],
    [{ sealKey: { ...sealKey, key: zeros(1215) } }, 'bad-length'],
    [{ oneTime: [{ id: 1, key: zeros(32) }] }, 'bad-length'],
    [{ oneTime: Array.from({ length: 101 }, () => ({ id: 1, key: zeros(33) })) }, 'too-many'],
    [{ oneTimeKyber: Array.from({ length: 21 }, () => kyberKey) }, 'too-many'],
    [{ deviceList: { body: zeros(1), signature: zeros(1) } }, 'bad-length'],
  ],
);

describeMessage(
  'PrekeyBundle',
  wire.PrekeyBundleSchema,
  wire.decodeBundle,
  { device: 1, registrationId: 1, signedPrekey: curveKey, kyberPrekey: kyberKey, sealKey },
  [
    [{ device: 0 }, 'out-of-range'],
    [{ registrationId: 0 }, 'out-of-range'],
    [{ signedPrekey: undefined as never }, 'missing-field'],
    [{ kyberPrekey: undefined as never }, 'missing-field'],
    [{ sealKey: undefined as never }, 'missing-field'],
    [{ oneTime: { id: 1, key: zeros(34) } }, 'bad-length'],
  ],
);

describeMessage('SignedKey (prekey)', wire.SignedKeySchema, wire.decodeSignedPrekey, curveKey, [
  [{ key: zeros(32) }, 'bad-length'],
]);
describeMessage('SignedKey (Kyber)', wire.SignedKeySchema, wire.decodeKyberPrekey, kyberKey, [
  [{ key: zeros(33) }, 'bad-length'],
]);
describeMessage('OneTimeKey', wire.OneTimeKeySchema, wire.decodeOneTimeKey, { id: 1, key: zeros(33) }, [
  [{ key: zeros(0) }, 'missing-field'],
]);
describeMessage('SealKey', wire.SealKeySchema, wire.decodeSealKey, sealKey, [[{ signature: zeros(3) }, 'bad-length']]);

describeMessage(
  'Content',
  wire.ContentSchema,
  wire.decodeContent,
  {
    version: 1,
    id: zeros(16),
    conversation: zeros(32),
    from: zeros(32),
    to: zeros(32),
    sentAt: 5n,
    order: 1n,
    capability: zeros(16),
    route,
    profile: { name: 'A', color: 0xff_ffff },
    viewHash: zeros(8),
    viewEpoch: 3n,
    body: { case: 'text', value: { text: 'hello' } },
  },
  [
    [{ version: 2 }, 'unknown-version'],
    [{ id: zeros(15) }, 'bad-length'],
    [{ conversation: zeros(31) }, 'bad-length'],
    [{ from: zeros(0) }, 'missing-field'],
    [{ to: zeros(33) }, 'bad-length'],
    [{ sentAt: 2n ** 53n }, 'out-of-range'],
    [{ order: 2n ** 64n - 1n }, 'out-of-range'],
    [{ order: 2n ** 48n + 1n }, 'out-of-range'],
    [{ capability: zeros(17) }, 'bad-length'],
    [{ viewHash: zeros(9) }, 'bad-length'],
    [{ viewEpoch: 2n ** 53n }, 'out-of-range'],
    [{ route: { ...route, network: zeros(1) } }, 'bad-length'],
    [{ profile: { name: 'x'.repeat(65) } }, 'too-large'],
    [{ profile: { color: 0x100_0000 } }, 'out-of-range'],
    [{ body: { case: 'receipt', value: { kind: 0, ids: [zeros(16)] } } }, 'out-of-range'],
    [{ body: { case: 'receipt', value: { kind: 1, ids: [zeros(15)] } } }, 'bad-length'],
    [{ body: { case: 'receipt', value: { kind: 1, ids: Array<Uint8Array>(1001).fill(zeros(16)) } } }, 'too-many'],
    [{ body: { case: 'askAgain', value: { orders: Array<bigint>(1001).fill(1n) } } }, 'too-many'],
  ],
);

describeMessage(
  'LinkCode',
  wire.LinkCodeSchema,
  wire.decodeLinkCode,
  {
    version: 1,
    account: zeros(32),
    route,
    requestToken: zeros(16),
    secret: zeros(16),
    identityKey: zeros(33),
    signingKey: zeros(32),
    linkKey: zeros(32),
    expires: 5n,
  },
  [
    [{ version: 2 }, 'unknown-version'],
    [{ account: zeros(31) }, 'bad-length'],
    [{ route: undefined as never }, 'missing-field'],
    [{ requestToken: zeros(0) }, 'missing-field'],
    [{ secret: zeros(15) }, 'bad-length'],
    [{ identityKey: zeros(32) }, 'bad-length'],
    [{ signingKey: zeros(33) }, 'bad-length'],
    [{ linkKey: zeros(0) }, 'missing-field'],
    [{ psk: zeros(31) }, 'bad-length'],
  ],
);

const syncContact = { account: zeros(32), status: 1 };
const sync = (
  event: MessageInitShape<typeof wire.SyncSchema>['event'],
): MessageInitShape<typeof wire.ContentSchema> => ({
  body: { case: 'sync', value: { event: event as never } },
});
const step = (
  value: MessageInitShape<typeof wire.LinkStepSchema>['step'],
): MessageInitShape<typeof wire.ContentSchema> => ({ body: { case: 'linkStep', value: { step: value as never } } });
const message = { account: zeros(32), device: 1, content: zeros(9), place: 1 };
const recalled = { part: 1, parts: 1, next: 1n, told: 1n };

describeMessage(
  'Content (devices of one account)',
  wire.ContentSchema,
  wire.decodeContent,
  {
    version: 1,
    id: zeros(16),
    conversation: zeros(32),
    from: zeros(32),
    to: zeros(32),
    ...sync({ case: 'archive', value: { part: 1, parts: 1, messages: [message] } }),
  },
  [
    [sync({ case: 'archive', value: { part: 2, parts: 1 } }), 'out-of-range'],
    [sync({ case: 'archive', value: { part: 1, parts: 1, messages: [{ ...message, place: 0 }] } }), 'out-of-range'],
    [sync({ case: 'archive', value: { part: 1, parts: 1, messages: [{ ...message, state: 6 }] } }), 'out-of-range'],
    [
      sync({ case: 'archive', value: { part: 1, parts: 1, messages: [{ ...message, account: zeros(3) }] } }),
      'bad-length',
    ],
    [sync({ case: 'sent', value: {} }), 'missing-field'],
    [sync({ case: 'read', value: { account: zeros(32), ids: [zeros(3)] } }), 'bad-length'],
    [sync({ case: 'contact', value: { ...syncContact, status: 5 as never } }), 'out-of-range'],
    [sync({ case: 'contact', value: { ...syncContact, streams: [{ device: 128, next: 1n }] } }), 'out-of-range'],
    [
      sync({ case: 'contact', value: { ...syncContact, streams: [{ device: 1, next: 2n ** 53n - 1n }] } }),
      'out-of-range',
    ],
    [sync({ case: 'settings', value: { capability: zeros(16) } }), 'missing-field'],
    [sync({ case: 'recalled', value: { part: 2, parts: 1, next: 1n, told: 1n } }), 'out-of-range'],
    [sync({ case: 'recalled', value: { part: 1, parts: 1, next: 0n, told: 1n } }), 'out-of-range'],
    [sync({ case: 'recalled', value: { part: 1, parts: 1, next: 1n, told: 2n ** 53n - 1n } }), 'out-of-range'],
    [sync({ case: 'recalled', value: { ...recalled, orders: [{ account: zeros(31), next: 1n }] } }), 'bad-length'],
    [sync({ case: 'recalled', value: { ...recalled, orders: [{ account: zeros(32), next: 0n }] } }), 'out-of-range'],
    [sync({ case: 'recalled', value: { ...recalled, messages: [{ ...message, place: 0 }] } }), 'out-of-range'],
    [sync({ case: 'devices', value: { devices: [{ device: 0, name: '' }] } }), 'out-of-range'],
    [sync({ case: 'devices', value: { devices: [{ device: 1, name: 'x'.repeat(65) }] } }), 'too-large'],
    [step({ case: 'proposal', value: { secret: zeros(15), certificateBody: zeros(9) } }), 'bad-length'],
    [step({ case: 'signature', value: { deviceSignature: zeros(63) } }), 'bad-length'],
    [step({ case: 'contacts', value: { part: 0 } }), 'out-of-range'],
    [step({ case: 'contacts', value: { part: 1, contacts: [{ account: zeros(3), status: 1 }] } }), 'bad-length'],
    [step({ case: 'welcome', value: {} }), 'missing-field'],
  ],
);

describeMessage(
  'SealedMessage',
  wire.SealedMessageSchema,
  wire.decodeSealedMessage,
  { certificate, kind: 2, contentId: zeros(16), message: zeros(100) },
  [
    [{ certificate: undefined as never }, 'missing-field'],
    [{ kind: 0 }, 'out-of-range'],
    [{ kind: 3 as never }, 'out-of-range'],
    [{ contentId: zeros(32) }, 'bad-length'],
    [{ message: zeros(0) }, 'missing-field'],
  ],
);

describeMessage(
  'SignalMessage',
  wire.SignalMessageSchema,
  wire.decodeSignalMessage,
  { ratchetKey: zeros(33), counter: 0, previousCounter: 0, ciphertext: zeros(16) },
  [
    [{ ratchetKey: zeros(32) }, 'bad-length'],
    [{ ratchetKey: undefined as never }, 'missing-field'],
    [{ counter: undefined as never }, 'missing-field'],
    [{ ciphertext: zeros(0) }, 'missing-field'],
  ],
);

describeMessage(
  'PreKeySignalMessage',
  wire.PreKeySignalMessageSchema,
  wire.decodePreKeySignalMessage,
  {
    registrationId: 1,
    signedPreKeyId: 1,
    kyberPreKeyId: 1,
    kyberCiphertext: zeros(1569),
    baseKey: zeros(33),
    identityKey: zeros(33),
    message: zeros(50),
  },
  [
    [{ registrationId: undefined as never }, 'missing-field'],
    [{ signedPreKeyId: undefined as never }, 'missing-field'],
    [{ kyberPreKeyId: undefined as never }, 'missing-field'],
    [{ kyberCiphertext: zeros(1568) }, 'bad-length'],
    [{ baseKey: zeros(32) }, 'bad-length'],
    [{ identityKey: zeros(34) }, 'bad-length'],
    [{ message: zeros(0) }, 'missing-field'],
  ],
);

describeMessage(
  'HandshakeHello',
  wire.HandshakeHelloSchema,
  wire.decodeHello,
  { version: 1, certificate, descriptor: { body: zeros(9), signature: zeros(64) } },
  [
    [{ version: 0 }, 'missing-field'],
    [{ version: 2 }, 'unknown-version'],
    [{ certificate: { ...certificate, body: zeros(0) } }, 'missing-field'],
    [{ descriptor: { body: zeros(9), signature: zeros(1) } }, 'bad-length'],
  ],
);
