import { create } from '@bufbuild/protobuf';
import fc, { type Arbitrary } from 'fast-check';
import { KeyUploadSchema } from './gen/keys_pb.js';
import {
  AnnouncementSchema,
  AttachedSchema,
  AttachSchema,
  BundlesSchema,
  CompareStateSchema,
  FetchBundlesSchema,
  FindSchema,
  FoundSchema,
  KeyCountsSchema,
  PresenceSchema,
  SetAccessSchema,
  StateCounterSchema,
  type Frame as GeneratedFrame,
} from './gen/link_pb.js';
import {
  FetchViewSchema,
  JoinSchema,
  KeepSchema,
  KeptSchema,
  PeerHelloSchema,
  PeerSchema,
  SpreadAcksSchema,
  TunnelCloseSchema,
  TunnelDataSchema,
  TunnelOpenSchema,
} from './gen/ring_pb.js';
import type { Frame, FrameBody } from './index.ts';

// Frames of every kind for the tests of the codec.

export const bytes = (length: number, first = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (first + i * 7) & 255);

const exactly = (length: number): Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const optional = (length: number): Arbitrary<Uint8Array> => fc.oneof(fc.constant(new Uint8Array(0)), exactly(length));
const uint32 = fc.oneof(fc.constant(0), fc.nat(300), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const uint53 = fc.oneof(fc.constant(0), fc.nat(300), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const uint64 = uint53.map(BigInt);
const body = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
  fc.constantFrom(2048, 4096, 49_152).map((length) => bytes(length)),
);
const hashes = (min: number, max: number): Arbitrary<Uint8Array> =>
  fc.integer({ min, max }).chain((count) => exactly(count * 32));
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const signed = (length: number): Arbitrary<{ id: number; key: Uint8Array; signature: Uint8Array }> =>
  fc.record({ id: uint32, key: fc.constant(bytes(length)), signature: exactly(64) });
const oneTime = fc.record({ id: uint32, key: exactly(33) });
const sealKey = fc.record({ id: uint32, key: fc.constant(bytes(1216)), until: uint64, signature: exactly(64) });
const deviceList = fc.record({ body: fc.uint8Array({ minLength: 1, maxLength: 80 }), signature: exactly(64) });
const registrationId = fc.integer({ min: 1, max: 16_380 });
const device = fc.integer({ min: 1, max: 127 });
const tunnel = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const keyCounts = fc.record({ oneTime: uint32, oneTimeKyber: uint32, deviceListRevision: uint64 });
const present = fc.record({ account: exactly(32), name: text });
const bundle = fc.record(
  {
    device,
    registrationId,
    signedPrekey: signed(33),
    kyberPrekey: signed(1569),
    sealKey,
    oneTime,
  },
  { requiredKeys: ['device', 'registrationId', 'signedPrekey', 'kyberPrekey', 'sealKey'] },
);

const peerBody = fc.oneof(
  fc
    .record({ lowestVersion: fc.constant(1), highestVersion: fc.constantFrom(1, 2), boot: exactly(8) })
    .map((value) => ({ case: 'hello' as const, value: create(PeerHelloSchema, value) })),
  fc
    .record({
      items: fc.array(
        fc.record({
          mailbox: exactly(32),
          device,
          expires: uint64,
          body: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.constant(bytes(2048))),
          stranger: fc.boolean(),
          tokenHash: optional(32),
        }),
        { minLength: 1, maxLength: 16 },
      ),
      as: fc.integer({ min: 1, max: 3 }),
    })
    .map((value) => ({ case: 'keep' as const, value: create(KeepSchema, value) })),
  fc
    .record({
      at: uint64,
      leaves: uint32,
      signature: optional(64),
      items: fc.array(fc.record({ refusal: uint32, leaf: uint32, path: hashes(0, 6), retryMs: uint32 }), {
        maxLength: 16,
      }),
      boot: exactly(8),
    })
    .map((value) => ({ case: 'kept' as const, value: create(KeptSchema, value) })),
);

/** What nodes say to each other, of the kinds that have a codec of their own and of one that has not. */
export const peer = peerBody.map((value) => create(PeerSchema, { body: value }));

const of = <Case extends FrameBody['case']>(
  kind: Case,
  value: Arbitrary<Extract<FrameBody, { case: Case }>['value']>,
): Arbitrary<FrameBody> => value.map((each) => ({ case: kind, value: each }) as FrameBody);

const empty = fc.constant({});

const frameBody: Arbitrary<FrameBody> = fc.oneof(
  of(
    'send',
    fc.record({
      mailbox: exactly(32),
      device: uint32,
      expires: uint53,
      body,
      capability: optional(16),
      requestToken: optional(16),
      live: fc.boolean(),
    }),
  ),
  of(
    'stored',
    fc.record({
      at: uint53,
      leaves: uint32,
      signature: exactly(64),
      items: fc.array(fc.record({ request: uint32, leaf: uint32, path: hashes(0, 6) }), {
        minLength: 1,
        maxLength: 5,
      }),
      node: optional(32),
    }),
  ),
  of('refusal', fc.record({ code: fc.integer({ min: 1, max: 40 }), retryMs: uint32 })),
  of(
    'refusal',
    fc.record({ code: fc.constant(14), retryMs: uint32, at: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }),
  ),
  of('delivered', empty),
  of('deliver', fc.record({ expires: uint53, body, live: fc.boolean() })),
  of('acknowledge', fc.record({ ids: hashes(1, 6) })),
  of('done', empty),
  of('ping', empty),
  of('pong', empty),
  of('closing', fc.record({ retryMs: uint32 })),
  of(
    'attach',
    fc.record({ name: text, listed: fc.boolean() }).map((v) => create(AttachSchema, v)),
  ),
  of(
    'attached',
    fc.record({ waiting: uint32, keys: keyCounts }).map((v) => create(AttachedSchema, v)),
  ),
  of(
    'publishKeys',
    fc
      .record(
        {
          registrationId,
          signedPrekey: signed(33),
          lastResortKyber: signed(1569),
          sealKey,
          oneTime: fc.array(oneTime, { maxLength: 5 }),
          oneTimeKyber: fc.array(signed(1569), { maxLength: 2 }),
          deviceList,
        },
        { requiredKeys: ['registrationId'] },
      )
      .map((v) => create(KeyUploadSchema, v)),
  ),
  of(
    'keyCounts',
    keyCounts.map((v) => create(KeyCountsSchema, v)),
  ),
  of(
    'fetchBundles',
    fc
      .record({
        account: exactly(32),
        devices: fc.array(device, { maxLength: 4 }),
        capability: optional(16),
        requestToken: optional(16),
      })
      .map((v) => create(FetchBundlesSchema, v)),
  ),
  of(
    'bundles',
    fc.record({ deviceList, bundles: fc.array(bundle, { maxLength: 3 }) }).map((v) => create(BundlesSchema, v)),
  ),
  of(
    'setAccess',
    fc
      .record({
        capabilityHash: optional(32),
        previousHash: optional(32),
        previousUntil: uint64,
        requestTokenHashes: fc.array(exactly(32), { maxLength: 3 }),
      })
      .map((v) => create(SetAccessSchema, v)),
  ),
  of(
    'find',
    fc.constantFrom('', 'abcdefgh2345').map((token) => create(FindSchema, { token })),
  ),
  of(
    'found',
    fc.array(present, { maxLength: 4 }).map((list) => create(FoundSchema, { present: list })),
  ),
  of(
    'presence',
    fc.record({ who: present, joined: fc.boolean() }).map((v) => create(PresenceSchema, v)),
  ),
  of(
    'announcement',
    fc
      .record({ text, sentAt: uint64, personal: fc.boolean(), signature: exactly(64) })
      .map((v) => create(AnnouncementSchema, v)),
  ),
  of(
    'compareState',
    fc.record({ expected: uint64, next: uint64 }).map((v) => create(CompareStateSchema, v)),
  ),
  of(
    'fetchView',
    fc.record({ known: optional(8), after: uint32, onlySelf: fc.boolean() }).map((v) => create(FetchViewSchema, v)),
  ),
  of(
    'tunnelOpen',
    fc
      .record({ tunnel: tunnel, node: exactly(32), subprotocol: fc.constant('sotto.1.x') })
      .map((v) => create(TunnelOpenSchema, v)),
  ),
  of(
    'tunnelData',
    fc.record({ tunnel, data: body, more: fc.boolean() }).map((v) => create(TunnelDataSchema, v)),
  ),
  of(
    'tunnelClose',
    fc.record({ tunnel, code: fc.constantFrom(0, 1000, 4503), reason: text }).map((v) => create(TunnelCloseSchema, v)),
  ),
  of(
    'join',
    fc.record({ node: exactly(32), operator: exactly(32), secret: optional(16) }).map((v) => create(JoinSchema, v)),
  ),
  of(
    'spreadAcks',
    fc
      .record({
        account: exactly(32),
        device,
        at: uint64,
        ids: exactly(64),
        expires: fc.tuple(uint64, uint64).map((pair) => [...pair]),
        signature: exactly(64),
      })
      .map((v) => create(SpreadAcksSchema, v)),
  ),
  of('peer', peer),
  of(
    'stateCounter',
    fc.record({ value: uint64 }).map((v) => create(StateCounterSchema, v)),
  ),
);

/** A correct frame of any kind. */
export const frame: Arbitrary<Frame> = fc.record({ request: uint32, body: frameBody });

/** A body as the generated code has it: 64-bit numbers as bigint. */
export function generatedBody(one: FrameBody): GeneratedFrame['body'] {
  const value = Object.fromEntries(
    Object.entries(one.value).map(([name, field]) => [
      name,
      typeof field === 'number' && (name === 'at' || name === 'expires') ? BigInt(field) : (field as unknown),
    ]),
  );
  return { case: one.case, value } as unknown as GeneratedFrame['body'];
}
