import { type Primitives } from '@sotto/protocol/crypto';
import { envelopeId } from '@sotto/protocol/mailbox';
import { hexOf } from '@sotto/protocol/ring';
import { type Copies, CopiesSchema, create, FetchCopiesSchema, type KeepItem } from '@sotto/protocol/wire';
import { concat } from '@sotto/protocol/crypto';
import type { RelayStore, StoreItem } from '../../store/relay-store.ts';
import { PeerError } from '../peer-error.ts';
import type { PeerLink } from '../peer-link.ts';
import { keepItemOf } from './ask-keep.ts';
import { chunksOf } from './keep-batches.ts';
import type { Listing } from './listings.ts';
import { isWhole } from './scrub.ts';

/** Copies that came, each of them asked for. */
export interface FetchedCopies {
  readonly items: readonly StoreItem[];
  /** There are more of those asked for. */
  readonly rest: boolean;
}

/**
 * What is sent of the envelopes another home asked for: as many as fit one frame.
 * @param ids 32 B each, one after the other
 */
export async function copiesOf(
  primitives: Primitives,
  store: Pick<RelayStore, 'read'>,
  listing: Listing,
  ids: Uint8Array,
): Promise<Copies> {
  const refs = idsIn(ids).flatMap((id) => listing.byId.get(hexOf(id)) ?? []);
  const [first = [], ...more] = chunksOf(refs, ({ bytes }) => bytes);
  const held = await store.read(first);
  const items = held.flatMap((item) => (item !== null && isWhole(primitives, item) ? [keepItemOf(item)] : []));
  return create(CopiesSchema, { items, rest: more.length > 0 });
}

/**
 * Asks another home for envelopes. Who sends what was not asked for has misbehaved.
 * @throws PeerError
 */
export async function fetchCopies(
  primitives: Primitives,
  peer: PeerLink,
  partition: number,
  ids: readonly Uint8Array[],
): Promise<FetchedCopies> {
  const asked = create(FetchCopiesSchema, { partition, ids: concat(...ids) });
  const answer = await peer.request({ case: 'fetchCopies', value: asked });
  if (answer.case === 'copies') {
    const wanted = new Set(ids.map(hexOf));
    const items = answer.value.items.map((item) => storeItemOf(primitives, item));
    // Each at most once: what has come is not wanted any more.
    if (items.every(({ id }) => wanted.delete(hexOf(id)))) return { items, rest: answer.value.rest };
  }
  peer.misbehaved('copies');
  throw new PeerError('down');
}

function storeItemOf(primitives: Primitives, { mailbox, device, expires, body, stranger }: KeepItem): StoreItem {
  const envelope = { mailbox, device, expires: Number(expires), body };
  const id = envelopeId(primitives, envelope);
  return { id, ...envelope, lane: stranger ? 'stranger' : 'contact', tokenHash: null };
}

function idsIn(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / 32 }, (_, index) => bytes.subarray(32 * index, 32 * index + 32));
}
