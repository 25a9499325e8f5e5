import { concat, type Primitives, type Random, utf8 } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { encodeJoinToken, hexOf } from '@sotto/protocol/ring';
import {
  type Admission,
  AdmissionSchema,
  create,
  decodeStrict,
  type Join,
  JoinedSchema,
  MAX_ADMISSIONS,
  MAX_DESCRIPTOR,
  RefusalCode,
} from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';
import type { NodeIdentity } from '../node-identity.ts';
import { admitNode } from './admit-node.ts';
import type { OpenInvite } from './ring-file.ts';
import type { Admits } from './ring-options.ts';

export interface JoinDeskParts {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  readonly identity: NodeIdentity;
  readonly epochSeconds: number;
  readonly admits: Admits;
  /** This node's own admission. */
  readonly admission: Admission;
  readonly urls: readonly string[];
  readonly invites: () => readonly OpenInvite[];
  /** Kept when it returns. */
  readonly keepInvites: (invites: readonly OpenInvite[]) => void;
}

const nonceLabel = utf8('sotto/nonce/1');
const TOKEN_SECONDS = 7 * 86_400;
const MAX_INVITES = 1000;

/** Lets nodes into the network: those who show a join token, or all who ask (RING-44, RING-45). */
export class JoinDesk {
  readonly #parts: JoinDeskParts;

  constructor(parts: JoinDeskParts) {
    this.#parts = parts;
  }

  /** A join token, for one node, good for a week. null: this node's operator cannot let anybody in. */
  invite(): string | null {
    const { random, clock, identity, urls } = this.#parts;
    if (!this.#canAdmit()) return null;
    const nowSeconds = Math.floor(clock.now() / 1000);
    const secret = random(16);
    const expires = nowSeconds + TOKEN_SECONDS;
    const open = this.#parts.invites().filter((invite) => invite.expires > nowSeconds);
    this.#parts.keepInvites([...open.slice(1 - MAX_INVITES), { hash: this.#hash(secret), expires, node: '' }]);
    return encodeJoinToken({ network: identity.network, urls, node: identity.nodeId, secret, expires });
  }

  join(link: Link, request: number, { node, operator, secret }: Join): void {
    if (!this.#canAdmit()) return link.refuse(request, RefusalCode.UNSUPPORTED);
    const refusal = this.#parts.admits === 'anyone' ? null : this.#spend(secret, hexOf(node));
    if (refusal !== null) return link.refuse(request, refusal);
    const { identity, epochSeconds } = this.#parts;
    const admission = admitNode({ ...this.#parts, by: this.#by(), nonce: this.#nonceOf(node) }, node, operator);
    const value = create(JoinedSchema, {
      admission: decodeStrict(AdmissionSchema, admission, MAX_DESCRIPTOR),
      founders: [...identity.founders],
      epochSeconds,
    });
    link.send(request, { case: 'joined', value });
  }

  /** A token serves one node, which may ask again: its answer may have been lost. */
  #spend(secret: Uint8Array, node: string): RefusalCode | null {
    if (secret.length === 0) return RefusalCode.NOT_ALLOWED;
    const nowSeconds = Math.floor(this.#parts.clock.now() / 1000);
    const hash = this.#hash(secret);
    const invites = this.#parts.invites();
    const found = invites.find((invite) => invite.hash === hash && invite.expires > nowSeconds);
    if (found === undefined || (found.node !== '' && found.node !== node)) return RefusalCode.TOKEN_USED;
    if (found.node === '') this.#parts.keepInvites(invites.map((one) => (one === found ? { ...one, node } : one)));
    return null;
  }

  /** The same for the same node: who may ask again does not choose among many positions so (RING-2). */
  #nonceOf(node: Uint8Array): Uint8Array {
    const { primitives, identity } = this.#parts;
    return primitives.sha256(concat(nonceLabel, identity.operatorSeed, node));
  }

  #hash(secret: Uint8Array): string {
    return hexOf(this.#parts.primitives.sha256(secret));
  }

  /** A founder's own admission adds nothing to the chain. */
  #by(): Admission | null {
    const { identity, admission } = this.#parts;
    const isFounder = identity.founders.some((founder) => hexOf(founder) === hexOf(identity.operator));
    return isFounder ? null : admission;
  }

  #canAdmit(): boolean {
    let length = 1;
    for (let link = this.#by() ?? undefined; link !== undefined; link = link.by) length += 1;
    return length <= MAX_ADMISSIONS;
  }
}
