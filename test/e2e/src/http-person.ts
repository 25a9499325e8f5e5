import { createPrivateKey } from 'node:crypto';
import { nodePrimitives as primitives, systemRandom as random } from '@sotto/primitives-node';
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey, type Prekey } from '@sotto/protocol/handshake';
import { createAccount, createDevice, encodeInvite, signDeviceList, verifyBundle } from '@sotto/protocol/identity';
import { verifyDeviceList, type VerifiedBundle, type VerifiedDeviceList } from '@sotto/protocol/identity';
import {
  capabilityHash,
  conversationId,
  envelopeId,
  padContent,
  requestTokenHash,
  unpadContent,
} from '@sotto/protocol/mailbox';
import { acceptWithRecord, decryptWithRecord, EMPTY_RECORD, encryptWithRecord } from '@sotto/protocol/ratchet';
import type { SessionRecord } from '@sotto/protocol/ratchet';
import { createSealKey, open, seal, verifySender } from '@sotto/protocol/sealed';
import * as wire from '@sotto/protocol/wire';
import * as http from '../../../docs/examples/http-client.ts';

const DEVICE = 1;
const MONTH_MS = 30 * 86_400_000;
const HOUR_SECONDS = 3600;

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
const published = ({ id, key, signature }: { id: number; key: Uint8Array; signature: Uint8Array }) => ({
  id,
  key: base64url(key),
  signature: base64url(signature),
});

type Published = ReturnType<typeof published>;

interface Bundles {
  readonly deviceList: { readonly body: string; readonly signature: string };
  readonly bundles: readonly {
    readonly device: number;
    readonly registrationId: number;
    readonly signedPrekey: Published;
    readonly kyberPrekey: Published;
    readonly oneTime?: { readonly id: number; readonly key: string };
    readonly sealKey: Published & { readonly until: number };
  }[];
}

/** What came, opened, from whom it says it is. */
export interface Opened {
  readonly id: string;
  readonly cursor: number;
  readonly content: wire.Content;
}

/** Somebody who talks to one other person by the HTTP interface alone, and by the protocol of everybody. */
export class HttpPerson {
  readonly account = createAccount(primitives, random);
  readonly capability = random(16);
  readonly requestToken = random(16);
  readonly #node: http.NodeInfo;
  readonly #device = createDevice(primitives, random, this.account, DEVICE, Date.now());
  readonly #list = signDeviceList(primitives, this.account, {
    certificates: [this.#device.certificate],
    previous: null,
    nowMs: Date.now(),
  });
  readonly #signedPrekey = createSignedPrekey(primitives, random, this.#device.identitySecret, 1);
  readonly #kyber = [2, 3].map((id) => createKyberPrekey(primitives, random, this.#device.identitySecret, id));
  readonly #oneTime = createOneTimePrekeys(primitives, random, 4, 2);
  readonly #sealKey = createSealKey(primitives, random, {
    account: this.account.publicKey,
    device: DEVICE,
    signingSeed: this.#device.signingSeed,
    id: 1,
    until: Date.now() + MONTH_MS,
  });
  #record: SessionRecord = EMPTY_RECORD;
  #order = 0n;

  constructor(node: http.NodeInfo) {
    this.#node = node;
  }

  /** For others to add. @param url of the node: ws:// */
  invite(url: string): string {
    const route = { network: bytesOf(this.#node.network), node: bytesOf(this.#node.node), urls: [url] };
    const { requestToken } = this;
    return encodeInvite({ account: this.account.publicKey, route, name: 'Dora', requestToken, psk: null }, url);
  }

  async register(): Promise<void> {
    const { body, signature } = wire.decodeDeviceList(this.#list.encoded);
    const [lastResort, oneTimeKyber] = this.#kyber;
    const keys = {
      registrationId: 7,
      signedPrekey: published(this.#signedPrekey),
      lastResortKyber: published(lastResort!),
      sealKey: { ...published(this.#sealKey.published), until: this.#sealKey.until },
      oneTime: this.#oneTime.map(({ id, key }) => ({ id, key: base64url(key) })),
      oneTimeKyber: [published(oneTimeKyber!)],
      deviceList: { body: base64url(body), signature: base64url(signature) },
    };
    await this.#ask('POST', '/v1/keys', keys);
    await this.#ask('PUT', '/v1/access', {
      capabilityHash: base64url(capabilityHash(primitives, this.capability)),
      requestTokenHashes: [base64url(requestTokenHash(primitives, this.requestToken))],
    });
  }

  /** Waits for what comes behind the cursor, and opens all of it. */
  async fetch(after: number, waitSeconds: number): Promise<Opened[]> {
    const { envelopes } = (await this.#ask('GET', `/v1/envelopes?after=${after}&wait=${waitSeconds}`)) as http.Fetched;
    const opened: Opened[] = [];
    for (const { id, cursor, expires, body } of envelopes) {
      const envelope = { mailbox: this.account.publicKey, device: DEVICE, expires, body: bytesOf(body) };
      if (base64url(envelopeId(primitives, envelope)) !== id) throw new Error('not the bytes that were sent');
      opened.push({ id, cursor, content: await this.#open(envelope.body) });
    }
    return opened;
  }

  async acknowledge(ids: readonly string[]): Promise<void> {
    await this.#ask('POST', '/v1/acknowledgements', { ids });
  }

  /** In the session that the other began. @returns the id of the content, 16 B */
  async send(to: Uint8Array, capability: Uint8Array, body: wire.Content['body']): Promise<Uint8Array> {
    const from = this.account.publicKey;
    const isShown = body.case === 'text';
    if (isShown) this.#order += 1n;
    const content = wire.create(wire.ContentSchema, {
      version: 1,
      id: random(16),
      conversation: conversationId(primitives, from, to),
      from,
      to,
      sentAt: BigInt(Date.now()),
      order: isShown ? this.#order : 0n,
      capability: this.capability,
      deviceListRevision: BigInt(this.#list.revision),
    });
    content.body = body;
    const padded = padContent(wire.encode(wire.ContentSchema, content));
    const step = encryptWithRecord(primitives, random, this.#record, padded, Date.now());
    this.#record = step.record;
    const { bundle } = await this.#keysOf(to, capability);
    const sealed = seal(primitives, random, {
      sealKey: bundle.sealKey,
      mailbox: to,
      device: bundle.device,
      message: {
        certificate: wire.decodeDeviceCertificate(this.#device.certificate),
        kind: step.kind === 'prekey' ? wire.SealedKind.PREKEY : wire.SealedKind.RATCHET,
        contentId: content.id,
        message: step.message,
      },
    });
    await this.store(to, bundle.device, sealed, capability);
    return content.id;
  }

  /** Rejects with the node's words. */
  async store(to: Uint8Array, device: number, sealed: Uint8Array, capability: Uint8Array): Promise<void> {
    const expires = Math.floor(Date.now() / 1000) + HOUR_SECONDS;
    const envelope = { mailbox: Buffer.from(to), device, expires, body: Buffer.from(sealed) };
    await http.ask(this.#node, http.envelopeQuestion(envelope, Buffer.from(capability)), null);
  }

  async #open(body: Uint8Array): Promise<wire.Content> {
    const mailbox = this.account.publicKey;
    const { seed, publicKey } = this.#sealKey;
    const sealed = open(primitives, { seed, publicKey, mailbox, device: DEVICE }, body);
    const { identitySecret, identityKey } = this.#device;
    const local = { identitySecret, identityKey, registrationId: 7 };
    const find = (keys: readonly Prekey[]) => (id: number) => keys.find((key) => key.id === id) ?? null;
    const prekeys = {
      signedPrekey: find([this.#signedPrekey]),
      oneTime: find(this.#oneTime),
      kyber: find(this.#kyber),
    };
    const { record, session, plaintext } =
      sealed.kind === wire.SealedKind.PREKEY
        ? acceptWithRecord(primitives, random, this.#record, local, prekeys, sealed.message)
        : decryptWithRecord(primitives, random, this.#record, sealed.message);
    const content = wire.decodeContent(unpadContent(plaintext));
    const { deviceList } = await this.#keysOf(content.from, content.capability);
    const { remoteIdentity: sessionRemoteIdentity } = session;
    const { certificate } = sealed;
    verifySender(primitives, { certificate, deviceList, sessionRemoteIdentity, content, recipient: mailbox });
    this.#record = record;
    return content;
  }

  async #keysOf(
    account: Uint8Array,
    capability: Uint8Array,
  ): Promise<{ deviceList: VerifiedDeviceList; bundle: VerifiedBundle }> {
    const shown = capability.length === 0 ? {} : { capability: base64url(capability) };
    const question = { method: 'POST', path: '/v1/bundles', body: { account: base64url(account), ...shown } } as const;
    const { deviceList: list, bundles } = (await http.ask(this.#node, question, null)) as Bundles;
    const encoded = wire.create(wire.DeviceListSchema, {
      body: bytesOf(list.body),
      signature: bytesOf(list.signature),
    });
    const deviceList = verifyDeviceList(primitives, encoded, account);
    const { device, registrationId, signedPrekey, kyberPrekey, sealKey } = bundles[0]!;
    const key = ({ id, key: bytes, signature }: Published) => ({
      id,
      key: bytesOf(bytes),
      signature: bytesOf(signature),
    });
    const bundle = wire.create(wire.PrekeyBundleSchema, {
      device,
      registrationId,
      signedPrekey: key(signedPrekey),
      kyberPrekey: key(kyberPrekey),
      sealKey: { ...key(sealKey), until: BigInt(sealKey.until) },
    });
    return { deviceList, bundle: verifyBundle(primitives, bundle, deviceList.devices[0]!) };
  }

  /** Signed by the device. */
  #ask(method: http.Question['method'], path: string, body?: object): Promise<unknown> {
    const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), this.#device.signingSeed]);
    const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const device = {
      ...http.createDevice(),
      account: { secret, publicKey: Buffer.from(this.account.publicKey) },
      device: DEVICE,
      signing: { secret, publicKey: Buffer.from(this.#device.signingKey) },
    };
    return http.ask(this.#node, { method, path, ...(body === undefined ? {} : { body }) }, device);
  }
}
