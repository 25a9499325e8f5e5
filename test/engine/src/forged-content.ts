import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { accountFromSeed, createDevice, verifyBundle, verifyDeviceList } from '@sotto/protocol/identity';
import { conversationId, padContent } from '@sotto/protocol/mailbox';
import { EMPTY_RECORD, encryptWithRecord, startSession, withSession } from '@sotto/protocol/ratchet';
import { seal } from '@sotto/protocol/sealed';
import {
  ContentSchema,
  create,
  decodeDeviceCertificate,
  decodeKyberPrekey,
  decodeSealKey,
  decodeSignedPrekey,
  encode,
  PrekeyBundleSchema,
  SealedKind,
} from '@sotto/protocol/wire';
import type { Content } from '@sotto/protocol/wire';
import type { World, WorldNode } from './world.ts';

export interface Forgery {
  /** Encoded certificate it is wrapped in; without: an honest one of a new account. */
  readonly certificate?: Uint8Array;
  /** Account the content names as its sender; without: that of the new account. */
  readonly from?: Uint8Array;
  readonly body: Content['body'];
}

/** A sealed first message to device 1 of `mailbox`, as somebody can make it who follows only some of the rules. */
export async function forgeContent(
  world: World,
  node: WorldNode,
  mailbox: Uint8Array,
  forgery: Forgery,
): Promise<Uint8Array> {
  const { random } = world;
  const nowMs = world.clock.now();
  const access = await node.store?.access(mailbox);
  const list = verifyDeviceList(primitives, access!.deviceList, mailbox);
  const [claimed] = await node.store!.claimBundles(mailbox, [1], false);
  const { keys } = claimed!;
  const message = create(PrekeyBundleSchema, {
    device: 1,
    registrationId: keys.registrationId,
    signedPrekey: decodeSignedPrekey(keys.signedPrekey),
    kyberPrekey: decodeKyberPrekey(keys.lastResortKyber),
    sealKey: decodeSealKey(keys.sealKey),
  });
  const bundle = verifyBundle(primitives, message, list.devices[0]!);
  const account = accountFromSeed(primitives, random(32));
  const device = createDevice(primitives, random, account, 7, nowMs);
  const { identityKey, identitySecret } = device;
  const from = forgery.from ?? account.publicKey;
  const content = create(ContentSchema, {
    version: 1,
    id: random(16),
    conversation: conversationId(primitives, from, mailbox),
    from,
    to: mailbox,
    sentAt: BigInt(nowMs),
  });
  content.body = forgery.body;
  const local = { identityKey, identitySecret, registrationId: 5 };
  const record = withSession(EMPTY_RECORD, startSession(primitives, random, { local, bundle, nowMs }));
  const encrypted = encryptWithRecord(primitives, random, record, padContent(encode(ContentSchema, content)), nowMs);
  return seal(primitives, random, {
    sealKey: bundle.sealKey,
    mailbox,
    device: 1,
    message: {
      certificate: decodeDeviceCertificate(forgery.certificate ?? device.certificate),
      kind: SealedKind.PREKEY,
      contentId: content.id,
      message: encrypted.message,
    },
  });
}
