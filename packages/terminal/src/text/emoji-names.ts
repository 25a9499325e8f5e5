const EMOJI_NAMES: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  heart: '❤️',
  laugh: '😂',
  wow: '😮',
  sad: '😢',
  party: '🎉',
  fire: '🔥',
  thanks: '🙏',
  yes: '✅',
  no: '❌',
};

/** What a person typed as a reaction: the name of an emoji, or the emoji itself. */
export function emojiOf(typed: string): string {
  return EMOJI_NAMES[typed] ?? typed;
}
