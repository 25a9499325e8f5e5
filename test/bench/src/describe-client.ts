import type { ClientCost } from './client-cost.ts';

export function describeClient(cost: ClientCost): string {
  const { steadyMs, ratchetMs, sealingMs, curveMs, sessionStartMs, postQuantum } = cost;
  const { averageMs, worstMs, averageStateBytes, worstStateBytes, averageSessionBytes } = postQuantum;
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  return [
    `${steadyMs.toFixed(3)} ms (ratchet ${(ratchetMs - averageMs).toFixed(3)}, post-quantum ratchet ${averageMs.toFixed(3)}, sealing ${sealingMs.toFixed(3)}; one X25519 alone ${curveMs.toFixed(3)})`,
    `dearest message of an epoch ${worstMs.toFixed(2)} ms more; session start ${sessionStartMs.toFixed(1)} ms`,
    `stored session ${kilobytes(averageSessionBytes)}, of it post-quantum ${kilobytes(averageStateBytes)}, at most ${kilobytes(worstStateBytes)}`,
  ].join('\n    ');
}
