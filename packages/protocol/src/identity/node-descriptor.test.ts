import { describe, expect, it } from 'vitest';
import { concat, noblePrimitives, utf8 } from '../crypto/index.ts';
import {
  create,
  decodeNodeDescriptor,
  decodeNodeDescriptorBody,
  encode,
  NodeDescriptorBodySchema,
  NodeDescriptorSchema,
  type NodeDescriptorBody,
} from '../wire/index.ts';
import { codeOf, hostileVariants, NOW_MS, seededRandom } from './identity.fixture.ts';
import { LEASE_TOLERANCE_MS, networkIdOf, signDescriptor, verifyDescriptor, type DescriptorFields } from './index.ts';

const random = seededRandom('node');
const nodeSeed = random(32);
const node = noblePrimitives.ed25519.publicKey(nodeSeed);
const fields: DescriptorFields = {
  linkKey: random(32),
  network: random(32),
  urls: ['ws://127.0.0.1:8080', 'wss://node.example/sotto'],
  weight: 1,
  capabilities: ['store', 'psk'],
  operator: random(32),
  from: NOW_MS - 1000,
  until: NOW_MS + 86_400_000,
  sequence: 3,
};
const encoded = signDescriptor(noblePrimitives, nodeSeed, fields);
const verify = (bytes: Uint8Array, nowMs: number | null = NOW_MS, nodeId: Uint8Array | null = null) =>
  verifyDescriptor(noblePrimitives, bytes, { nodeId, nowMs });

function signed(change: (body: NodeDescriptorBody) => void): Uint8Array {
  const body = decodeNodeDescriptorBody(decodeNodeDescriptor(encoded).body);
  change(body);
  const bytes = encode(NodeDescriptorBodySchema, body);
  const signature = noblePrimitives.ed25519.sign(nodeSeed, concat(utf8('sotto/node/1'), bytes));
  return encode(NodeDescriptorSchema, create(NodeDescriptorSchema, { body: bytes, signature }));
}

describe('node descriptor', () => {
  it('ID-9: says what was signed, from bytes and from a message', () => {
    const descriptor = verify(encoded, NOW_MS, node);
    expect(descriptor).toEqual({ ...fields, node, encoded });
    expect(verifyDescriptor(noblePrimitives, decodeNodeDescriptor(encoded), { nowMs: NOW_MS })).toEqual(descriptor);
  });

  it('ID-9: no flipped bit, cut or added byte is accepted', () => {
    for (const { what, bytes } of hostileVariants(encoded)) {
      expect(
        codeOf(() => verify(bytes)),
        what,
      ).toBeOneOf(['malformed', 'unknown-version', 'bad-signature']);
    }
  });

  it('ID-9: another node than the pinned one is refused', () => {
    expect(codeOf(() => verify(encoded, NOW_MS, random(32)))).toBe('wrong-node');
    const other = signDescriptor(noblePrimitives, random(32), fields);
    expect(codeOf(() => verify(other, NOW_MS, node))).toBe('wrong-node');
    const { body } = decodeNodeDescriptor(encoded);
    const signature = noblePrimitives.ed25519.sign(random(32), concat(utf8('sotto/node/1'), body));
    const forged = encode(NodeDescriptorSchema, create(NodeDescriptorSchema, { body, signature }));
    expect(codeOf(() => verify(forged, NOW_MS, node))).toBe('bad-signature');
  });

  it('ID-10: holds for its lease and five minutes around it', () => {
    expect(codeOf(() => verify(encoded, fields.from - LEASE_TOLERANCE_MS - 1))).toBe('not-valid-now');
    expect(verify(encoded, fields.from - LEASE_TOLERANCE_MS).sequence).toBe(3);
    expect(verify(encoded, fields.until + LEASE_TOLERANCE_MS).sequence).toBe(3);
    expect(codeOf(() => verify(encoded, fields.until + LEASE_TOLERANCE_MS + 1))).toBe('not-valid-now');
    expect(verify(encoded, null).sequence).toBe(3);
    expect(
      codeOf(() =>
        verify(
          signed((body) => (body.until = body.from)),
          null,
        ),
      ),
    ).toBe('malformed');
  });

  it('ID-1: an unknown version is refused by its number', () => {
    expect(() => verify(signed((body) => (body.version = 4)))).toThrow(/version 4/);
    expect(codeOf(() => verify(signed((body) => (body.version = 4))))).toBe('unknown-version');
  });

  it('ID-9: lengths and words are checked though the node signed them', () => {
    for (const field of ['linkKey', 'network', 'operator'] as const) {
      expect(codeOf(() => verify(signed((body) => (body[field] = new Uint8Array(31)))))).toBe('malformed');
    }
    for (const capabilities of [['Store'], [''], ['a b'], ['x'.repeat(33)], Array<string>(17).fill('store')]) {
      expect(codeOf(() => verify(signed((body) => (body.capabilities = capabilities))))).toBe('malformed');
      expect(codeOf(() => signDescriptor(noblePrimitives, nodeSeed, { ...fields, capabilities }))).toBe('malformed');
    }
    expect(codeOf(() => verify(signed((body) => (body.sequence = 2n ** 63n))))).toBe('malformed');
  });

  it('ID-11: node addresses are ws or wss, host, port and path', () => {
    const good = ['ws://a', 'wss://a.example:443/x/y-z', 'ws://[fe80::1]:80', 'WS://A.B', 'ws://10.0.0.1:65535/'];
    for (const url of good) expect(verify(signed((body) => (body.urls = [url]))).urls).toEqual([url]);
    const bad = [
      'http://a',
      'ws:/a',
      'ws://',
      'ws://a b',
      'ws://user@a',
      'ws://a?x',
      'ws://a#x',
      'ws://a:0',
      'ws://a:65536',
      'ws://a:123456',
      'ws://-a',
      'ws://a\nb',
      'ws://a/\u001b[2J',
      'javascript:alert(1)',
    ];
    for (const url of bad)
      expect(
        codeOf(() => verify(signed((body) => (body.urls = [url])))),
        url,
      ).toBe('bad-url');
    expect(codeOf(() => verify(signed((body) => (body.urls = []))))).toBe('bad-url');
    expect(codeOf(() => verify(signed((body) => (body.urls = [`ws://${'a'.repeat(252)}`]))))).toBe('malformed');
    expect(codeOf(() => verify(signed((body) => (body.urls = Array<string>(9).fill('ws://a')))))).toBe('malformed');
  });
});

describe('network id', () => {
  const [a, b, c] = [random(32), random(32), random(32)];

  it('ID-19: does not depend on the order of founders', () => {
    const id = networkIdOf(noblePrimitives, [a, b, c]);
    expect(id).toHaveLength(32);
    expect(networkIdOf(noblePrimitives, [c, a, b])).toEqual(id);
    expect(networkIdOf(noblePrimitives, [a, b])).not.toEqual(id);
  });

  it('ID-19: no founder, one named twice, or a wrong length is refused', () => {
    expect(codeOf(() => networkIdOf(noblePrimitives, []))).toBe('malformed');
    expect(codeOf(() => networkIdOf(noblePrimitives, [a, b, a]))).toBe('malformed');
    expect(codeOf(() => networkIdOf(noblePrimitives, [a, b.subarray(1)]))).toBe('malformed');
  });
});
