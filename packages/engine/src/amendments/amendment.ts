/** Contents that change a message there is: edits, deletions, reactions. */
import { create, DeleteSchema, EditSchema, ReactionSchema } from '@sotto/protocol/wire';
import type { Content } from '@sotto/protocol/wire';

/** `target`: content id of the message it is about, 16 B. */
export type Amendment =
  | { readonly kind: 'edit'; readonly target: Uint8Array; readonly text: string }
  | { readonly kind: 'delete'; readonly target: Uint8Array }
  /** Empty: taken back. */
  | { readonly kind: 'reaction'; readonly target: Uint8Array; readonly emoji: string };

/** Whose content it is. `self`: this account's, from this device or another of its own. */
export type Author = 'self' | 'them';

/** null: not an amendment. Bytes are copied. */
export function amendmentOf(body: Content['body']): Amendment | null {
  switch (body.case) {
    case 'edit':
      return { kind: 'edit', target: body.value.target.slice(), text: body.value.text };
    case 'delete':
      return { kind: 'delete', target: body.value.target.slice() };
    case 'reaction':
      return { kind: 'reaction', target: body.value.target.slice(), emoji: body.value.emoji };
    default:
      return null;
  }
}

export function amendmentBody(amendment: Amendment): Content['body'] {
  const { target } = amendment;
  switch (amendment.kind) {
    case 'edit':
      return { case: 'edit', value: create(EditSchema, { target, text: amendment.text }) };
    case 'delete':
      return { case: 'delete', value: create(DeleteSchema, { target }) };
    case 'reaction':
      return { case: 'reaction', value: create(ReactionSchema, { target, emoji: amendment.emoji }) };
  }
}
