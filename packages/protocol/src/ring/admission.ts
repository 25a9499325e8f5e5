import {
  AdmissionBodySchema,
  AdmissionSchema,
  create,
  decodeAdmissionBody,
  encode,
  MAX_ADMISSIONS,
  WireError,
  type Admission,
  type AdmissionBody,
} from '../wire/index.ts';
import { concat, sameBytes, utf8, type Primitives } from '../crypto/index.ts';
import { hexOf } from './node-key.ts';
import { RingError } from './ring-error.ts';

const context = utf8('sotto/admission/1');

/** Whom an admission lets in. */
export interface AdmissionFields {
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** Node id, 32 B. */
  readonly node: Uint8Array;
  /** Operator of that node, 32 B: from now on a member, who may let others in. */
  readonly operator: Uint8Array;
  /** 32 random bytes, chosen by whoever signs. */
  readonly nonce: Uint8Array;
}

/**
 * A member operator lets a node in (RING-4).
 * @param operatorSeed Ed25519 seed of the admitter, 32 B
 * @param by the admission that made the admitter a member; absent: it is a founder
 */
export function signAdmission(
  primitives: Primitives,
  operatorSeed: Uint8Array,
  fields: AdmissionFields,
  by?: Admission,
): Admission {
  const admitter = primitives.ed25519.publicKey(operatorSeed);
  const body = encode(AdmissionBodySchema, create(AdmissionBodySchema, { version: 1, ...fields, admitter }));
  const signature = primitives.ed25519.sign(operatorSeed, concat(context, body));
  return create(AdmissionSchema, by === undefined ? { body, signature } : { body, signature, by });
}

/** Admissions that were verified before, by their whole content: a renewal costs no signature check of its chain. */
export class AdmissionCache {
  readonly #known = new Set<string>();
  has(admission: string): boolean {
    return this.#known.has(admission);
  }
  add(admission: string): void {
    if (this.#known.size >= 4096) this.#known.clear();
    this.#known.add(admission);
  }
}

/**
 * Checks that a chain of admissions leads from this node to a founder (RING-4).
 * @returns the node's nonce, 32 B, and who answers for it: the operator whom a founder let in, or the founder, 32 B
 * @throws RingError('malformed' | 'unknown-version' | 'wrong-network' | 'not-admitted' | 'bad-signature')
 */
export function verifyAdmission(
  primitives: Primitives,
  admission: Admission,
  expected: { network: Uint8Array; founders: readonly Uint8Array[]; node: Uint8Array; operator: Uint8Array },
  cache?: AdmissionCache,
): { nonce: Uint8Array; sponsored: Uint8Array } {
  const leaf = bodyOf(admission);
  if (!sameBytes(leaf.node, expected.node)) throw new RingError('not-admitted', 'The admission is of another node.');
  if (!sameBytes(leaf.operator, expected.operator)) {
    throw new RingError('not-admitted', 'The admission is of another operator.');
  }
  let link = admission;
  let body = leaf;
  for (let length = 1; ; length++) {
    if (length > MAX_ADMISSIONS) throw new RingError('not-admitted', 'The chain of admissions is too long.');
    if (!sameBytes(body.network, expected.network)) {
      throw new RingError('wrong-network', 'An admission is to another network.');
    }
    requireSigned(primitives, link, body, cache);
    if (link.by === undefined) break;
    const before = bodyOf(link.by);
    if (!sameBytes(before.operator, body.admitter)) {
      throw new RingError('not-admitted', 'An admitter is not the operator who was admitted.');
    }
    link = link.by;
    body = before;
  }
  const root = body.admitter;
  if (!expected.founders.some((founder) => sameBytes(founder, root))) {
    throw new RingError('not-admitted', 'The chain of admissions does not lead to a founder.');
  }
  return { nonce: leaf.nonce, sponsored: body.operator };
}

function requireSigned(primitives: Primitives, link: Admission, body: AdmissionBody, cache?: AdmissionCache): void {
  const name = cache === undefined ? '' : hexOf(concat(link.signature, link.body));
  if (cache?.has(name)) return;
  if (!primitives.ed25519.verify(body.admitter, concat(context, link.body), link.signature)) {
    throw new RingError('bad-signature', 'An admission is not signed by its admitter.');
  }
  cache?.add(name);
}

function bodyOf(admission: Admission): AdmissionBody {
  try {
    return decodeAdmissionBody(admission.body);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    const code = cause.code === 'unknown-version' ? 'unknown-version' : 'malformed';
    throw new RingError(code, `An admission is not acceptable (${cause.message}).`, { cause });
  }
}
