const ONLY_EMOJI = /^(?:\p{RGI_Emoji}\s*)+$/v;
const EMOJI = /\p{RGI_Emoji}/gv;
/** More than this is not looked at: the longest emoji have some 15 units. */
const MAX_LENGTH = 120;
/** More of them are a text. */
const MAX_COUNT = 6;

/** How many emoji a text is made of, when it is made of nothing else; 0: it is a text. */
export function emojiOnly(text: string): number {
  if (text.length === 0 || text.length > MAX_LENGTH) return 0;
  const trimmed = text.trim();
  if (!ONLY_EMOJI.test(trimmed)) return 0;
  const count = trimmed.match(EMOJI)?.length ?? 0;
  return count <= MAX_COUNT ? count : 0;
}
