/** Names and groups of all emoji, out of a file of this page's own origin. */
import type { EmojiData } from 'frimousse';
import emojiUrl from 'emojibase-data/en/data.json?url';
import groupsUrl from 'emojibase-data/en/messages.json?url';

/** Newer ones are in few fonts yet: one would choose a box. */
const NEWEST_VERSION = 15.1;

interface EmojibaseEmoji {
  readonly emoji: string;
  readonly label: string;
  readonly version: number;
  /** None: a part of others, not chosen alone. */
  readonly group?: number;
  readonly tags?: string[];
  readonly skins?: readonly { readonly emoji: string; readonly tone: number | number[] }[];
}

interface EmojibaseMessages {
  readonly groups: readonly { readonly key: string; readonly message: string; readonly order: number }[];
  readonly skinTones: readonly { readonly key: string; readonly message: string }[];
}

const TONES = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const;

export async function readEmojiData(locale: string): Promise<EmojiData> {
  const [emojis, messages] = await Promise.all([
    readJson(emojiUrl) as Promise<EmojibaseEmoji[]>,
    readJson(groupsUrl) as Promise<EmojibaseMessages>,
  ]);
  const tones = new Map(messages.skinTones.map(({ key, message }) => [key, message]));
  return {
    locale,
    categories: messages.groups
      .filter(({ key }) => key !== 'component')
      .map(({ order, message }) => ({ index: order, label: message.charAt(0).toUpperCase() + message.slice(1) })),
    skinTones: toneRecord((tone) => tones.get(tone) ?? tone),
    emojis: emojis.flatMap(({ emoji, label, version, group, tags = [], skins = [] }) => {
      if (group === undefined || version > NEWEST_VERSION) return [];
      const bySkin = new Map(skins.map((skin) => [skin.tone, skin.emoji]));
      const found = bySkin.size === 0 ? undefined : toneRecord((_tone, index) => bySkin.get(index + 1) ?? emoji);
      return [{ emoji, label, version, category: group, tags, skins: found }];
    }),
  };
}

function toneRecord(of: (tone: (typeof TONES)[number], index: number) => string): EmojiData['skinTones'] {
  return Object.fromEntries(TONES.map((tone, index) => [tone, of(tone, index)])) as EmojiData['skinTones'];
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error('not there');
  return response.json();
}
