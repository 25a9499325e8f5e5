import { CLOSE, type Close, closeOf, LinkError } from '@sotto/protocol/link';

/** The node's own fault: the link ends, the node goes on (NODE-5). */
export const CLOSE_INTERNAL: Close = { code: 4500, text: 'internal error', retry: true };

/** How a link ends for an error that came up in it. Whatever is not known is the node's own fault. */
export function closeForError(error: unknown): Close {
  if (error instanceof LinkError) return closeOf(error.closeCode) ?? CLOSE.malformed;
  return CLOSE_INTERNAL;
}
