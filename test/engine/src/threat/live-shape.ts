import { encodeFrame } from '@sotto/protocol/wire';
import type { LinkNotes } from '../../../e2e/src/link-notes.ts';
import { markOf, type SealedKinds } from './sealed-kinds.ts';

/**
 * Everything a node can tell about live-only envelopes without opening them: which fields they have, their sizes, the
 * life they are given, whether an answer is wanted. Of each kind: all shapes that came.
 */
export function liveShapes({ frames }: LinkNotes, { byMark }: SealedKinds): Map<string, Set<string>> {
  const shapes = new Map<string, Set<string>>();
  for (const { frame, atMs } of frames) {
    if (frame.body.case !== 'send' || !frame.body.value.live) continue;
    const { mailbox, device, expires, body, capability, requestToken } = frame.body.value;
    const shape = JSON.stringify({
      lengths: [mailbox, body, capability, requestToken].map(({ length }) => length),
      encoded: encodeFrame({ ...frame, request: 1 }).length,
      oneDevice: device < 128,
      // Sealed up to a moment before it came.
      life: expires - Math.floor(atMs / 1000) >= 29 && expires - Math.floor(atMs / 1000) <= 30,
      answered: frame.request !== 0,
    });
    const kind = byMark.get(markOf(body)) ?? 'unknown';
    shapes.set(kind, (shapes.get(kind) ?? new Set()).add(shape));
  }
  return shapes;
}
