/** Asking a node for the descriptors of its network, page by page (RING-60). */
import { create, encode, FetchViewSchema, NodeDescriptorSchema, RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError, expectAnswer } from '../connection/index.ts';

/** Of one network, at most. */
const MAX_NODES = 10_000;
const MAX_BYTES = 8 << 20;
const TIMEOUT_MS = 10_000;
const MAX_BUSY = 5;

export type AskNode = (body: FrameBody, options: { timeoutMs: number }) => Promise<FrameBody>;

export interface FetchedView {
  /** 8 B, of the node's current epoch. */
  readonly hash: Uint8Array;
  readonly epoch: number;
  /** Encoded NodeDescriptors, not verified; null: the node holds what was known. */
  readonly descriptors: readonly Uint8Array[] | null;
}

/**
 * @param known 8 B: the hash of the view known; null: everything is wanted
 * @param pause waits for so many ms
 * @returns null when the node knows no ring
 * @throws ConnectionError
 */
export async function fetchView(
  ask: AskNode,
  known: Uint8Array | null,
  pause: (ms: number) => Promise<void>,
): Promise<FetchedView | null> {
  const descriptors: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const value = create(FetchViewSchema, { known: known ?? new Uint8Array(0), after: descriptors.length });
    const view = await askPatiently(ask, { case: 'fetchView', value }, pause);
    if (view === null) return null;
    const hash = view.hash.slice();
    const epoch = Number(view.epoch);
    if (view.total === 0) return { hash, epoch, descriptors: known === null ? [] : null };
    for (const descriptor of view.descriptors) {
      const encoded = encode(NodeDescriptorSchema, descriptor);
      bytes += encoded.length;
      descriptors.push(encoded);
    }
    if (descriptors.length > MAX_NODES || bytes > MAX_BYTES) {
      throw new ConnectionError('protocol', 'The node names more nodes than a network can have.');
    }
    if (view.descriptors.length === 0 || descriptors.length >= view.total) return { hash, epoch, descriptors };
  }
}

async function askPatiently(ask: AskNode, body: FrameBody, pause: (ms: number) => Promise<void>) {
  for (let attempt = 1; ; attempt++) {
    try {
      return expectAnswer(await ask(body, { timeoutMs: TIMEOUT_MS }), 'view');
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      if (error.refusal === RefusalCode.UNSUPPORTED) return null;
      if (error.refusal !== RefusalCode.BUSY || attempt >= MAX_BUSY) throw error;
      await pause(Math.max(100, error.retryMs));
    }
  }
}
