import { parseArgs } from 'node:util';
import { createNodePrimitives, nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { noblePrimitives, xeddsaSign, xeddsaVerify, type Primitives } from '@sotto/protocol/crypto';

/*
 * Microseconds per operation of every primitive and backend, as a table or, with `--json`, one object per line.
 * `--only TEXT` measures the operations whose name contains it.
 */
type Operation = (primitives: Primitives) => () => unknown;

const message = systemRandom(512);
const page = systemRandom(2048);
const key = systemRandom(32);
const nonce = systemRandom(12);
const longNonce = systemRandom(24);
const none = new Uint8Array(0);
const seed = systemRandom(64);
const other = noblePrimitives.x25519.publicKey(systemRandom(32));

const aead = (name: 'aesGcm' | 'chaChaPoly' | 'xChaChaPoly', iv: Uint8Array): Record<string, Operation> => ({
  [`${name} seal 512 B into out`]: (p) => {
    const out = new Uint8Array(message.length + 16);
    return () => p[name].seal(key, iv, none, message, out);
  },
  [`${name} open 512 B`]: (p) => {
    const sealed = p[name].seal(key, iv, none, message);
    return () => p[name].open(key, iv, none, sealed);
  },
  [`${name} open 512 B into out`]: (p) => {
    const sealed = p[name].seal(key, iv, none, message);
    const out = new Uint8Array(message.length);
    return () => p[name].open(key, iv, none, sealed, out);
  },
});

const kem = (name: 'mlKem768' | 'mlKem1024'): Record<string, Operation> => ({
  [`${name} public key of a new seed`]: (p) => () => p[name].publicKey(systemRandom(64)),
  [`${name} encapsulate`]: (p) => {
    const publicKey = p[name].publicKey(seed);
    return () => p[name].encapsulate(publicKey, systemRandom);
  },
  [`${name} decapsulate, same seed`]: (p) => {
    const { ciphertext } = p[name].encapsulate(p[name].publicKey(seed), systemRandom);
    return () => p[name].decapsulate(seed, ciphertext);
  },
  [`${name} decapsulate, new seed`]: (p) => {
    const { ciphertext } = p[name].encapsulate(p[name].publicKey(seed), systemRandom);
    return () => p[name].decapsulate(Uint8Array.from(seed), ciphertext);
  },
});

const operations: Record<string, Operation> = {
  ...aead('chaChaPoly', nonce),
  ...aead('aesGcm', nonce),
  ...aead('xChaChaPoly', longNonce),
  'aesCbc encrypt 512 B': (p) => () => p.aesCbc.encrypt(key, seed.subarray(0, 16), message),
  'sha256 64 B': (p) => () => p.sha256(seed),
  'sha256 2 kB': (p) => () => p.sha256(page),
  'sha512 2 kB': (p) => () => p.sha512(page),
  'hmacSha256 512 B': (p) => () => p.hmacSha256(key, message),
  'hkdf 96 B': (p) => () => p.hkdf(key, key, none, 96),
  'shake256 2 kB': (p) => () => p.shake256(page, 32),
  'x25519 publicKey': (p) => () => p.x25519.publicKey(key),
  'x25519 sharedSecret': (p) => () => p.x25519.sharedSecret(key, other),
  'ed25519 sign 512 B, same seed': (p) => () => p.ed25519.sign(key, message),
  'ed25519 sign 512 B, new seed': (p) => () => p.ed25519.sign(Uint8Array.from(key), message),
  'ed25519 verify 512 B': (p) => {
    const publicKey = p.ed25519.publicKey(key);
    const signature = p.ed25519.sign(key, message);
    return () => p.ed25519.verify(publicKey, message, signature);
  },
  'xeddsa sign 512 B': (p) => () => xeddsaSign(p, key, message, seed),
  'xeddsa verify 512 B': (p) => {
    const publicKey = p.x25519.publicKey(key);
    const signature = xeddsaSign(p, key, message, seed);
    return () => xeddsaVerify(publicKey, message, signature, p);
  },
  ...kem('mlKem768'),
  ...kem('mlKem1024'),
  'argon2id 64 MiB, 3 passes': (p) => () =>
    p.argon2id(message, key.subarray(0, 16), { memoryKiB: 65_536, passes: 3 }, 32),
};

/** Median of seven batches, each long enough that the clock does not matter. */
function microsecondsPerCall(run: () => unknown): number {
  const once = (calls: number): number => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) run();
    return Number(process.hrtime.bigint() - start) / 1000;
  };
  let calls = 1;
  for (let took = once(1); took < 10_000; took = once(calls)) calls *= 2;
  if (calls === 1) return once(1);
  const batches = Array.from({ length: 7 }, () => once(calls) / calls);
  return batches.sort((a, b) => a - b)[3]!;
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });
const backends = [noblePrimitives, createNodePrimitives(null), nodePrimitives];
const figure = (us: number): string => (us < 100 ? us.toFixed(2) : us.toFixed(0));

if (!values.json)
  console.log(['µs per operation'.padEnd(34), ...backends.map(({ name }) => name.padStart(28))].join(''));
for (const [operation, prepare] of Object.entries(operations)) {
  if (values.only !== undefined && !operation.includes(values.only)) continue;
  const microseconds = backends.map((primitives) => microsecondsPerCall(prepare(primitives)));
  if (values.json) {
    for (const [i, { name }] of backends.entries()) {
      console.log(JSON.stringify({ operation, backend: name, microseconds: microseconds[i] }));
    }
  } else {
    console.log([operation.padEnd(34), ...microseconds.map((us) => figure(us).padStart(28))].join(''));
  }
}
