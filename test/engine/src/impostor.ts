import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { fromUtf8, utf8 } from '@sotto/protocol/crypto';
import {
  accountFromSeed,
  createDevice,
  parseAddress,
  signDeviceList,
  verifyBundle,
  verifyDeviceList,
} from '@sotto/protocol/identity';
import type { AccountKeys, DeviceKeys, VerifiedBundle, VerifiedDeviceList } from '@sotto/protocol/identity';
import { conversationId, envelopeId, padContent } from '@sotto/protocol/mailbox';
import { EMPTY_RECORD, encryptWithRecord, sendingSession, startSession, withSession } from '@sotto/protocol/ratchet';
import type { SessionRecord } from '@sotto/protocol/ratchet';
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
  TextSchema,
} from '@sotto/protocol/wire';
import type { Content } from '@sotto/protocol/wire';
import type { Person, World, WorldNode } from './world.ts';

/** What one content says of itself. */
export interface Claims {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly text: string;
  readonly revision?: number;
  readonly order?: bigint;
  /** Content id, 16 B. */
  readonly id?: Uint8Array;
  /** Instead of the text. */
  readonly body?: Content['body'];
}

/** A Signal message of a device for one recipient, not yet sealed. */
export interface Written {
  readonly contentId: Uint8Array;
  readonly kind: SealedKind;
  readonly message: Uint8Array;
}

/**
 * Somebody who is bound by nothing but the cryptography: makes accounts and devices, starts sessions as any of them, writes
 * any content into them, seals under any certificate, and puts the result into any mailbox.
 */
export class Impostor {
  readonly #world: World;
  readonly #node: WorldNode;
  readonly #sessions = new Map<DeviceKeys, SessionRecord>();

  constructor(world: World, node: WorldNode) {
    this.#world = world;
    this.#node = node;
  }

  account(): AccountKeys {
    return accountFromSeed(primitives, this.#world.random(32));
  }

  device(account: AccountKeys, number: number): DeviceKeys {
    return createDevice(primitives, this.#world.random, account, number, this.#world.clock.now());
  }

  /** The keys of a device, as somebody has them who has its disk and the key to it. */
  stolen({ platform }: Person): { device: DeviceKeys; accountSeed: Uint8Array | null } {
    const { store, databaseKey } = platform;
    const key = primitives.hkdf(new Uint8Array(0), databaseKey, utf8('sotto/rows/1'), 32);
    const sealed = store.get("SELECT sealed FROM meta WHERE name = 'identity'")?.['sealed'] as Uint8Array;
    const bound = utf8('sotto/row/1|meta|identity');
    const record = primitives.xChaChaPoly.open(key, sealed.subarray(0, 24), bound, sealed.subarray(24));
    if (record === null) throw new Error('a row that does not open');
    return JSON.parse(fromUtf8(record), (_, value: unknown) =>
      typeof value === 'object' && value !== null && '$b' in value
        ? new Uint8Array(Buffer.from(String(value.$b), 'hex'))
        : value,
    ) as { device: DeviceKeys; accountSeed: Uint8Array | null };
  }

  /** Signs the next list and puts it into the node, as a device of the account would. */
  async publish(
    account: AccountKeys,
    devices: readonly DeviceKeys[],
    previous: VerifiedDeviceList | null,
  ): Promise<VerifiedDeviceList> {
    const certificates = devices.map(({ certificate }) => certificate);
    const list = signDeviceList(primitives, account, { certificates, previous, nowMs: this.#world.clock.now() });
    await this.#node.store!.publishKeys({
      mailbox: account.publicKey,
      device: devices[0]!.device,
      keys: null,
      oneTime: [],
      oneTimeKyber: [],
      replaceOneTime: false,
      deviceList: { revision: list.revision, encoded: list.encoded, devices: devices.map(({ device }) => device) },
    });
    await this.restartNode();
    return list;
  }

  /** What was put into its store behind its back is known to it from then on. */
  async restartNode(): Promise<void> {
    this.#node.stop();
    this.#node.start();
    await this.#world.clock.advance(5000);
  }

  content({ from, to, text, revision = 0, order = 0n, id, body }: Claims): { id: Uint8Array; padded: Uint8Array } {
    const content = create(ContentSchema, {
      version: 1,
      id: id ?? this.#world.random(16),
      conversation: conversationId(primitives, from, to),
      from,
      to,
      sentAt: BigInt(this.#world.clock.now()),
      order,
      deviceListRevision: BigInt(revision),
    });
    content.body = body ?? { case: 'text', value: create(TextSchema, { text }) };
    return { id: content.id, padded: padContent(encode(ContentSchema, content)) };
  }

  /** In the device's session with the recipient; the first time it starts one. */
  async write(by: DeviceKeys, to: Person, content: { id: Uint8Array; padded: Uint8Array }): Promise<Written> {
    const { random, clock } = this.#world;
    let record = this.#sessions.get(by) ?? EMPTY_RECORD;
    if (sendingSession(record, clock.now()) === null) {
      const bundle = await this.#bundle(to);
      const { identityKey, identitySecret } = by;
      const local = { identityKey, identitySecret, registrationId: 5 };
      record = withSession(record, startSession(primitives, random, { local, bundle, nowMs: clock.now() }));
    }
    const step = encryptWithRecord(primitives, random, record, content.padded, clock.now());
    this.#sessions.set(by, step.record);
    const kind = step.kind === 'prekey' ? SealedKind.PREKEY : SealedKind.RATCHET;
    return { contentId: content.id, kind, message: step.message };
  }

  async seal(to: Person, certificate: Uint8Array, { contentId, kind, message }: Written): Promise<Uint8Array> {
    const { sealKey } = await this.#bundle(to);
    return seal(primitives, this.#world.random, {
      sealKey,
      mailbox: await this.#mailbox(to),
      device: 1,
      message: { certificate: decodeDeviceCertificate(certificate), kind, contentId, message },
    });
  }

  /** An honest message: by a device of its own account, under its own certificate. */
  async send(by: DeviceKeys, to: Person, claims: Claims): Promise<void> {
    const written = await this.write(by, to, this.content(claims));
    await this.put(to, [await this.seal(to, by.certificate, written)]);
  }

  /** Into the mailbox, from where it is delivered the next time. */
  async put(
    to: Person,
    bodies: readonly Uint8Array[],
    device = 1,
    lifeSeconds = 3600,
    reopen = to.isRunning,
  ): Promise<void> {
    const mailbox = await this.#mailbox(to);
    const expires = Math.floor(this.#world.clock.now() / 1000) + lifeSeconds;
    if (reopen) await to.close();
    await this.#node.store?.store(
      bodies.map((body) => ({
        id: envelopeId(primitives, { mailbox, device, expires, body }),
        mailbox,
        device,
        expires,
        lane: 'stranger' as const,
        body,
        tokenHash: null,
      })),
    );
    if (reopen) await to.open();
    await this.#world.clock.advance(10_000);
  }

  async #mailbox(person: Person): Promise<Uint8Array> {
    return parseAddress((await this.#world.whois(person)).address);
  }

  async #bundle(person: Person): Promise<VerifiedBundle> {
    const mailbox = await this.#mailbox(person);
    const access = await this.#node.store!.access(mailbox);
    const [claimed] = await this.#node.store!.claimBundles(mailbox, [1], false);
    const { keys } = claimed!;
    return verifyBundle(
      primitives,
      create(PrekeyBundleSchema, {
        device: 1,
        registrationId: keys.registrationId,
        signedPrekey: decodeSignedPrekey(keys.signedPrekey),
        kyberPrekey: decodeKyberPrekey(keys.lastResortKyber),
        sealKey: decodeSealKey(keys.sealKey),
      }),
      verifyDeviceList(primitives, access!.deviceList, mailbox).devices[0]!,
    );
  }
}
