import { describe, expect, it } from 'vitest';
import { concat, noblePrimitives, utf8 } from '../crypto/index.ts';
import { codeOf, hostileVariants } from '../identity/identity.fixture.ts';
import {
  AdmissionBodySchema,
  AdmissionSchema,
  create,
  decodeAdmissionBody,
  encode,
  type Admission,
  type AdmissionBody,
} from '../wire/index.ts';
import { AdmissionCache, LEASE_MS, positionOf, signAdmission, verifyAdmission, verifyRingDescriptor } from './index.ts';
import { bytes32, NOW_MS, testNetwork, testNode, type NodeSays } from './ring.fixture.ts';

const net = testNetwork(noblePrimitives, 2);
const node = testNode(net, 'alpha', { operator: 'olga' });
const { network, founders } = net;
const expected = { network, founders, node: node.node, operator: noblePrimitives.ed25519.publicKey(node.operatorSeed) };
const verify = (admission: Admission, cache?: AdmissionCache): Uint8Array =>
  verifyAdmission(noblePrimitives, admission, expected, cache).nonce;

/** The same admission with a body that was changed, and signed by whom it names. */
function signedBy(seed: Uint8Array, change: (body: AdmissionBody) => void, by?: Admission): Admission {
  const body = decodeAdmissionBody(node.admission.body);
  change(body);
  const bytes = encode(AdmissionBodySchema, body);
  const signature = noblePrimitives.ed25519.sign(seed, concat(utf8('sotto/admission/1'), bytes));
  return create(AdmissionSchema, { body: bytes, signature, ...(by === undefined ? {} : { by }) });
}

/** A member let in by whoever comes before, `length` admissions in all. */
function chain(length: number): Admission {
  let [seed, by]: [Uint8Array, Admission | undefined] = [net.founderSeeds[0] as Uint8Array, undefined];
  for (let i = 1; i < length; i++) {
    const operatorSeed = bytes32(`member ${i}`);
    const operator = noblePrimitives.ed25519.publicKey(operatorSeed);
    by = signAdmission(noblePrimitives, seed, { network, node: bytes32(`${i}`), operator, nonce: bytes32('n') }, by);
    seed = operatorSeed;
  }
  return signAdmission(noblePrimitives, seed, { ...expected, nonce: bytes32('leaf') }, by);
}

describe('admission', () => {
  it('RING-4: a chain of up to four leads to a founder, and gives the nonce', () => {
    for (const length of [1, 2, 3, 4]) expect(verify(chain(length))).toEqual(bytes32('leaf'));
    expect(codeOf(() => verify(chain(5)))).toBe('not-admitted');
    const second = net.founderSeeds[1] as Uint8Array;
    expect(verify(signAdmission(noblePrimitives, second, { ...expected, nonce: bytes32('x') }))).toEqual(bytes32('x'));
  });

  it('RING-4: forged in any field it is refused', () => {
    const founder = net.founderSeeds[0] as Uint8Array;
    const other = bytes32('other');
    const changes: readonly [keyof AdmissionBody, string][] = [
      ['network', 'wrong-network'],
      ['node', 'not-admitted'],
      ['operator', 'not-admitted'],
      ['admitter', 'bad-signature'],
    ];
    for (const [field, code] of changes) {
      const forged = signedBy(founder, (body) => Object.assign(body, { [field]: other }));
      expect(
        codeOf(() => verify(forged)),
        field,
      ).toBe(code);
    }
    expect(codeOf(() => verify(signedBy(founder, (body) => (body.version = 2))))).toBe('unknown-version');
    expect(codeOf(() => verify(signedBy(founder, (body) => (body.nonce = new Uint8Array(31)))))).toBe('malformed');
    // Another nonce that the admitter signed is another position, but the admitter alone can.
    expect(codeOf(() => verify(signedBy(other, (body) => (body.nonce = other))))).toBe('bad-signature');
  });

  it('RING-4: who is no member admits nobody, nor does a member whose own admission is no good', () => {
    const stranger = bytes32('stranger');
    const fields = { ...expected, nonce: bytes32('x') };
    expect(codeOf(() => verify(signAdmission(noblePrimitives, stranger, fields)))).toBe('not-admitted');
    // Another one's admission does not make the stranger a member.
    expect(codeOf(() => verify(signAdmission(noblePrimitives, stranger, fields, chain(2))))).toBe('not-admitted');
    const selfMade = signAdmission(noblePrimitives, stranger, {
      ...fields,
      operator: noblePrimitives.ed25519.publicKey(stranger),
    });
    expect(codeOf(() => verify(signAdmission(noblePrimitives, stranger, fields, selfMade)))).toBe('not-admitted');
    const forged = { ...chain(2).by, signature: new Uint8Array(64) } as Admission;
    const member = signAdmission(noblePrimitives, bytes32('member 1'), fields, forged);
    expect(codeOf(() => verify(member))).toBe('bad-signature');
    const elsewhere = signAdmission(noblePrimitives, net.founderSeeds[0] as Uint8Array, {
      network: bytes32('elsewhere'),
      node: bytes32('1'),
      operator: noblePrimitives.ed25519.publicKey(bytes32('member 1')),
      nonce: bytes32('n'),
    });
    const crossed = signAdmission(noblePrimitives, bytes32('member 1'), fields, elsewhere);
    expect(codeOf(() => verify(crossed))).toBe('wrong-network');
  });

  it('RING-4: a cache spares signatures that were checked, and nothing else', () => {
    const cache = new AdmissionCache();
    const good = chain(3);
    verify(good, cache);
    expect(verify(good, cache)).toEqual(bytes32('leaf'));
    const forged = create(AdmissionSchema, { ...good, signature: new Uint8Array(64) });
    expect(codeOf(() => verify(forged, cache))).toBe('bad-signature');
    expect(
      codeOf(() =>
        verify(
          signedBy(bytes32('other'), (body) => (body.nonce = bytes32('y'))),
          cache,
        ),
      ),
    ).toBe('bad-signature');
  });
});

describe('descriptor of a ring', () => {
  const encoded = node.describe();
  const verifyNode = (bytes: Uint8Array) => verifyRingDescriptor(noblePrimitives, bytes, { network });

  it('RING-4: says who, where and with what position', () => {
    const descriptor = verifyNode(encoded);
    expect(descriptor).toMatchObject({ key: node.key, epochSeconds: 600, weight: 1 });
    expect(descriptor.position).toEqual(positionOf(noblePrimitives, node.node, bytes32('nonce alpha')));
    expect(descriptor.domains).toEqual({
      operator: Buffer.from(expected.operator).toString('hex'),
      subnets: ['alpha.example'],
    });
  });

  it('RING-4: without admission, of other founders or networks, too heavy or for too long it is refused', () => {
    const refused: readonly [NodeSays, string][] = [
      [{ admission: null }, 'not-admitted'],
      [{ admission: testNode(net, 'beta').admission }, 'not-admitted'],
      [{ operator: bytes32('other') }, 'not-admitted'],
      [{ founders: [] }, 'wrong-network'],
      [{ founders: [founders[0] as Uint8Array] }, 'wrong-network'],
      [{ founders: [founders[0] as Uint8Array, founders[0] as Uint8Array] }, 'malformed'],
      [{ network: bytes32('other') }, 'wrong-network'],
      [{ weight: 17 }, 'malformed'],
      [{ from: NOW_MS, until: NOW_MS + LEASE_MS + 1 }, 'malformed'],
    ];
    for (const [change, code] of refused) {
      expect(
        codeOf(() => verifyNode(node.describe(change))),
        Object.keys(change).join(),
      ).toBe(code);
    }
  });

  it('RING-4: no flipped bit, cut or added byte is accepted', () => {
    for (const { what, bytes } of hostileVariants(encoded)) {
      expect(
        codeOf(() => verifyNode(bytes)),
        what,
      ).toBeTypeOf('string');
    }
  });
});
