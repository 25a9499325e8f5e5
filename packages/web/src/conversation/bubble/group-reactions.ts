import type { Reaction } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';

export interface ReactionGroup {
  readonly emoji: string;
  /** Of everybody but us. */
  readonly names: readonly string[];
  readonly isOwn: boolean;
}

/** Another client may send anything in place of an emoji. */
const MAX_LENGTH = 32;

/** By emoji, in the order in which each came first. */
export function groupReactions(reactions: readonly Reaction[], own: string): ReactionGroup[] {
  const groups = new Map<string, { emoji: string; names: string[]; isOwn: boolean }>();
  for (const { emoji, from, name } of reactions) {
    const shown = safeLine(emoji.slice(0, MAX_LENGTH));
    if (shown === '') continue;
    const group = groups.get(shown) ?? { emoji: shown, names: [], isOwn: false };
    if (from === own) group.isOwn = true;
    else group.names.push(name);
    groups.set(shown, group);
  }
  return [...groups.values()];
}
