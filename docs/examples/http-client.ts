/**
 * A client of a Sotto node that needs nothing but Node.js: fetch and node:crypto. It makes an account with one device,
 * publishes its keys, and then somebody else takes them, stores an envelope without saying who he is, and checks the
 * node's receipt; the device fetches the envelope and acknowledges it.
 *
 *   node docs/examples/http-client.ts http://127.0.0.1:8080             the whole walk
 *   node docs/examples/http-client.ts http://127.0.0.1:8080 register    one account; its secrets to account.json
 *
 * What is in an envelope (sessions, sealing) is not the node's business and not shown here: docs/protocol/sealed.md.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { writeFileSync } from 'node:fs';

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const text = (value: string): Buffer => Buffer.from(value);
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const bytesOf = (value: string): Buffer => Buffer.from(value, 'base64url');

function be32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function be64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

// Keys. node:crypto speaks of keys in DER; the last bytes of it are the key itself.

interface SigningPair {
  readonly secret: KeyObject;
  readonly publicKey: Buffer;
}

const rawPublic = (key: KeyObject, length: number): Buffer =>
  (key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'der' }).subarray(-length);

function signingPair(): SigningPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { secret: privateKey, publicKey: rawPublic(publicKey, 32) };
}

const x25519Public = (): Buffer => rawPublic(generateKeyPairSync('x25519').publicKey, 32);

/** An Ed25519 pair, and the Curve25519 key by which it is known. */
interface IdentityPair extends SigningPair {
  /** 05 and the Curve25519 key. */
  readonly identityKey: Buffer;
}

/**
 * An identity key signs with XEdDSA: Ed25519 under a Curve25519 key. Made from an Ed25519 key it needs no arithmetic:
 * the Curve25519 secret is the first half of SHA-512 of the seed, as in Ed25519 itself.
 */
function identityPair(): IdentityPair {
  const pair = signingPair();
  const seed = pair.secret.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
  const scalar = createHash('sha512').update(seed).digest().subarray(0, 32);
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), scalar]);
  const curve = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { ...pair, identityKey: Buffer.concat([Buffer.of(5), rawPublic(curve, 32)]) };
}

/** The sign of the Edwards key travels in the highest bit of the signature. */
function xeddsa({ secret, publicKey }: IdentityPair, message: Uint8Array): Buffer {
  const signature = sign(null, message, secret);
  signature[63]! |= publicKey[31]! & 0x80;
  return signature;
}

// Protobuf, as far as it is needed: a number or bytes by their field.

type Field = readonly [number: number, value: number | Uint8Array];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const protobuf = (...fields: Field[]): Buffer =>
  Buffer.concat(
    fields.flatMap(([number, value]) =>
      typeof value === 'number'
        ? [varint(number * 8), varint(value)]
        : [varint(number * 8 + 2), varint(value.length), value],
    ),
  );

/** Everything secret of one device. */
export interface Device {
  readonly account: SigningPair;
  readonly device: number;
  readonly identity: IdentityPair;
  readonly signing: SigningPair;
  readonly capability: Buffer;
  /** DeviceList: body and signature. */
  readonly list: { readonly body: Buffer; readonly signature: Buffer };
}

/** A new account with its first device (docs/protocol/identity.md, ID-3 and ID-5). */
export function createDevice(): Device {
  const [account, identity, signing] = [signingPair(), identityPair(), signingPair()];
  const device = 1;
  const now = Date.now();
  const certificateBody = protobuf(
    [1, 1],
    [2, account.publicKey],
    [3, device],
    [4, identity.identityKey],
    [5, signing.publicKey],
    [6, x25519Public()],
    [7, now],
  );
  const certified = Buffer.concat([text('sotto/device/1'), certificateBody]);
  const certificate = protobuf(
    [1, certificateBody],
    [2, sign(null, certified, account.secret)],
    [3, xeddsa(identity, certified)],
  );
  const body = protobuf([1, 1], [2, account.publicKey], [3, 1], [4, certificate], [6, device], [7, now]);
  const signature = sign(null, Buffer.concat([text('sotto/device-list/1'), body]), account.secret);
  return { account, device, identity, signing, capability: randomBytes(16), list: { body, signature } };
}

let lastKeyId = 0;

function signedKey(identity: IdentityPair, key: Buffer): object {
  return { id: ++lastKeyId, key: base64url(key), signature: base64url(xeddsa(identity, key)) };
}

const kyberKey = (): Buffer =>
  Buffer.concat([Buffer.of(8), rawPublic(generateKeyPairSync('ml-kem-1024').publicKey, 1568)]);

/** The body of POST /v1/keys. A real client keeps the secret halves. */
export function keyUpload({ account, device, identity, signing, list }: Device, oneTime = 2): object {
  const sealKey = Buffer.concat([rawPublic(generateKeyPairSync('ml-kem-768').publicKey, 1184), x25519Public()]);
  const until = Date.now() + 30 * 86_400_000;
  const sealed = [text('sotto/seal-key/1'), account.publicKey, be32(device), be32(1), be64(until), sealKey];
  return {
    registrationId: 1 + (randomBytes(2).readUInt16BE() % 16_380),
    signedPrekey: signedKey(identity, Buffer.concat([Buffer.of(5), x25519Public()])),
    lastResortKyber: signedKey(identity, kyberKey()),
    sealKey: {
      id: 1,
      key: base64url(sealKey),
      until,
      signature: base64url(sign(null, Buffer.concat(sealed), signing.secret)),
    },
    oneTime: Array.from({ length: oneTime }, () => ({
      id: ++lastKeyId,
      key: base64url(Buffer.concat([Buffer.of(5), x25519Public()])),
    })),
    oneTimeKyber: [signedKey(identity, kyberKey())],
    deviceList: { body: base64url(list.body), signature: base64url(list.signature) },
  };
}

/** The body of PUT /v1/access. */
export const access = ({ capability }: Device): object => ({
  capabilityHash: base64url(sha256(text('sotto/capability/1'), capability)),
});

// Requests.

export interface NodeInfo {
  readonly url: string;
  /** Base64url. */
  readonly node: string;
  readonly network: string;
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path and query. */
  readonly path: string;
  readonly body?: object;
}

/** An answer that is no success is an Error with the node's own words. */
async function answerOf(response: Response): Promise<unknown> {
  const answer = (await response.json()) as { code?: string; detail?: string };
  if (!response.ok) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer;
}

/** HTTP Message Signatures (RFC 9421), Content-Digest (RFC 9530). */
export function signatureHeaders(
  { node }: NodeInfo,
  { method, path }: Question,
  body: string | null,
  { account, device, signing }: Pick<Device, 'account' | 'device' | 'signing'>,
): Record<string, string> {
  const [pathname = '', query = ''] = path.split('?', 2);
  const digest = body === null ? null : `sha-256=:${sha256(text(body)).toString('base64')}:`;
  const covered: [string, string][] = [
    ['@method', method],
    ['@path', pathname],
    ['@query', `?${query}`],
    ['sotto-node', node],
    ...(digest === null ? [] : [['content-digest', digest] as [string, string]]),
  ];
  const names = covered.map(([name]) => `"${name}"`).join(' ');
  const created = Math.floor(Date.now() / 1000);
  const keyId = `${base64url(account.publicKey)}.${device}`;
  const nonce = base64url(randomBytes(18));
  const parameters = `(${names});created=${created};nonce="${nonce}";keyid="${keyId}";alg="ed25519";tag="sotto/v1"`;
  const lines = covered.map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n');
  return {
    'sotto-node': node,
    'signature-input': `sotto=${parameters}`,
    signature: `sotto=:${sign(null, text(base), signing.secret).toString('base64')}:`,
    ...(digest === null ? {} : { 'content-digest': digest }),
  };
}

/** @param device who signs; null: nobody */
export async function ask(node: NodeInfo, question: Question, device: Device | null): Promise<unknown> {
  const body = question.body === undefined ? null : JSON.stringify(question.body);
  const response = await fetch(node.url + question.path, {
    method: question.method,
    headers: {
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(device === null ? {} : signatureHeaders(node, question, body, device)),
    },
    body,
  });
  return answerOf(response);
}

export async function getNode(url: string): Promise<NodeInfo> {
  const { node, network } = (await answerOf(await fetch(`${url}/v1/node`))) as NodeInfo;
  return { url, node, network };
}

/** Keys, then who may write. */
export async function register(node: NodeInfo, device: Device): Promise<void> {
  await ask(node, { method: 'POST', path: '/v1/keys', body: keyUpload(device) }, device);
  await ask(node, { method: 'PUT', path: '/v1/access', body: access(device) }, device);
}

// Envelopes and receipts.

export interface Envelope {
  readonly mailbox: Buffer;
  readonly device: number;
  readonly expires: number;
  readonly body: Buffer;
}

/** MB-1 */
export const envelopeId = ({ mailbox, device, expires, body }: Envelope): Buffer =>
  sha256(text('sotto/envelope/1'), mailbox, be32(device), be64(expires), body);

export const envelopeQuestion = (envelope: Envelope, capability: Buffer | null): Question => ({
  method: 'POST',
  path: '/v1/envelopes',
  body: {
    ...envelope,
    mailbox: base64url(envelope.mailbox),
    body: base64url(envelope.body),
    ...(capability === null ? {} : { capability: base64url(capability) }),
  },
});

export interface Receipt {
  readonly node: string;
  readonly network: string;
  readonly at: number;
  readonly leaves: number;
  readonly leaf: number;
  readonly path: string;
  readonly signature: string;
}

/** Whether that node signed that it has the envelope (MB-5, MB-6; RFC 9162, section 2.1.3.2). */
export function receiptHolds(id: Buffer, { node, network, at, leaves, leaf, path, signature }: Receipt): boolean {
  const siblings = bytesOf(path);
  let [position, last] = [leaf, leaves - 1];
  let hash = sha256(Buffer.of(0), id);
  for (let offset = 0; offset < siblings.length; offset += 32) {
    if (last === 0) return false;
    const sibling = siblings.subarray(offset, offset + 32);
    if (position % 2 === 1 || position === last) {
      hash = sha256(Buffer.of(1), sibling, hash);
      while (position % 2 === 0 && position !== 0) {
        position >>>= 1;
        last >>>= 1;
      }
    } else {
      hash = sha256(Buffer.of(1), hash, sibling);
    }
    position >>>= 1;
    last >>>= 1;
  }
  if (last !== 0) return false;
  const signed = Buffer.concat([text('sotto/receipt/1'), bytesOf(network), be64(at), be32(leaves), hash]);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: node }, format: 'jwk' });
  return verify(null, signed, key, bytesOf(signature));
}

export interface Fetched {
  readonly envelopes: readonly {
    readonly id: string;
    readonly cursor: number;
    readonly expires: number;
    readonly body: string;
  }[];
  readonly more: boolean;
}

async function walk(url: string): Promise<void> {
  const node = await getNode(url);
  console.log(`This is node ${node.node}.`);

  const anna = createDevice();
  await register(node, anna);
  console.log('Anna has published her keys.');

  // Somebody who knows Anna's account and capability; the node does not learn who.
  const account = base64url(anna.account.publicKey);
  const question = { account, capability: base64url(anna.capability) };
  const { bundles } = (await ask(node, { method: 'POST', path: '/v1/bundles', body: question }, null)) as {
    bundles: { device: number }[];
  };
  console.log(`Somebody got the keys of ${bundles.length} device, to seal an envelope for it.`);
  const envelope = {
    mailbox: anna.account.publicKey,
    device: bundles[0]!.device,
    expires: Math.floor(Date.now() / 1000) + 86_400,
    body: randomBytes(2048),
  };
  const { id, receipts } = (await ask(node, envelopeQuestion(envelope, anna.capability), null)) as {
    id: string;
    receipts: Receipt[];
  };
  const isKept = receipts.every((receipt) => receipt.node === node.node && receiptHolds(envelopeId(envelope), receipt));
  console.log(`It is stored, ${isKept ? 'and the receipt holds' : 'but the receipt does NOT hold'}.`);

  const poll = { method: 'GET', path: '/v1/envelopes?wait=20' } as const;
  const { envelopes } = (await ask(node, poll, anna)) as Fetched;
  const came = envelopes.some((one) => one.id === id && bytesOf(one.body).equals(envelope.body));
  console.log(`Anna has fetched ${envelopes.length} envelope, ${came ? 'that one' : 'NOT that one'}.`);

  const ids = envelopes.map((one) => one.id);
  await ask(node, { method: 'POST', path: '/v1/acknowledgements', body: { ids } }, anna);
  const after = (await ask(node, { method: 'GET', path: '/v1/envelopes' }, anna)) as Fetched;
  console.log(`She has acknowledged it: ${after.envelopes.length} wait.`);
  if (!isKept || !came || after.envelopes.length > 0) process.exitCode = 1;
}

async function registerOne(url: string): Promise<void> {
  const device = createDevice();
  await register(await getNode(url), device);
  const { account, signing, capability } = device;
  const kept = { account: base64url(account.publicKey), device: device.device, capability: base64url(capability) };
  writeFileSync('account.json', `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  writeFileSync('signing-key.pem', signing.secret.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  console.log('account.json and signing-key.pem are written.');
}

if (import.meta.main) {
  const [url, command] = process.argv.slice(2);
  if (url === undefined) throw new Error('Give the address of a node, like http://127.0.0.1:8080');
  if (command === 'register') await registerOne(url);
  else await walk(url);
}
