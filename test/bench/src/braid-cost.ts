import type { Primitives, Random } from '@sotto/protocol/crypto';
import { encodeSession, LATEST_POST_QUANTUM, type SessionState } from '@sotto/protocol/ratchet';

/** What the post-quantum ratchet adds to a message: both ends together, over whole epochs. */
export interface BraidCost {
  /** Average of all messages. */
  readonly averageMs: number;
  /** The dearest message of an epoch: median over the epochs. */
  readonly worstMs: number;
  /** Of a stored state: average over all messages, both sides. */
  readonly averageStateBytes: number;
  readonly worstStateBytes: number;
  /** Of a stored session with such a state, nothing overtaken: what is written with each message. */
  readonly averageSessionBytes: number;
}

const EPOCHS = 30;
/** Passed over while the code warms up. */
const WARM_UP_EPOCHS = 10;

/**
 * @param turn messages until the other side speaks
 * @param session any: its other parts have one size
 */
export function measureBraid(
  { primitives, random }: { readonly primitives: Primitives; readonly random: Random },
  turn: number,
  session: SessionState,
): BraidCost {
  const key = random(32);
  const states = [
    LATEST_POST_QUANTUM.start(primitives, 'initiator', key),
    LATEST_POST_QUANTUM.start(primitives, 'responder', key),
  ];
  const worstOf: number[] = [];
  let [totalMs, stateBytes, worstStateBytes, messages] = [0, 0, 0, 0];
  for (let at = 0; worstOf.length <= EPOCHS + WARM_UP_EPOCHS; at++) {
    const from = Math.floor(at / turn) % 2;
    const startedAt = performance.now();
    const sent = LATEST_POST_QUANTUM.send(primitives, random, states[from]!);
    const received = LATEST_POST_QUANTUM.receive(primitives, states[1 - from]!, sent.part);
    const ms = performance.now() - startedAt;
    states[from] = sent.state;
    states[1 - from] = received.state;
    const epoch = sent.part[1]!; // below 128: one byte
    worstOf[epoch - 1] = Math.max(worstOf[epoch - 1] ?? 0, ms);
    if (epoch <= WARM_UP_EPOCHS) continue;
    totalMs += ms;
    messages++;
    for (const { length } of states) {
      stateBytes += length;
      worstStateBytes = Math.max(worstStateBytes, length);
    }
  }
  const dearest = worstOf.slice(WARM_UP_EPOCHS, -1).sort((a, b) => a - b);
  const averageStateBytes = stateBytes / messages / 2;
  const { version, state } = session.postQuantum;
  const without = encodeSession({ ...session, postQuantum: { version, state } }).length - state.length;
  return {
    averageMs: totalMs / messages,
    worstMs: dearest[dearest.length >> 1]!,
    averageStateBytes,
    worstStateBytes,
    averageSessionBytes: without + averageStateBytes,
  };
}
