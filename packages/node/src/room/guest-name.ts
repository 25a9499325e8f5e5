import { MAX_NAME } from '@sotto/protocol/wire';

const FALLBACK = 'guest';

/** What is left of a name when nothing in it can mislead: no control or invisible characters, single spaces. */
export function cleanName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/[\p{Z}\p{Cc}]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .replace(/^[@/\s]+|\s+$/gu, '');
  return cut(clean, MAX_NAME) || FALLBACK;
}

/** Names that read alike are one name. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase();

/** The first of "Alice", "Alice-2", "Alice-3" … that nobody has (NODE-51). */
export function freeName(name: string, taken: (key: string) => boolean): string {
  const wanted = cleanName(name);
  if (!taken(nameKey(wanted))) return wanted;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const candidate = cut(wanted, MAX_NAME - suffix.length) + suffix;
    if (!taken(nameKey(candidate))) return candidate;
  }
}

/** At most `length` UTF-16 units, never half a character. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  let short = '';
  for (const character of text) {
    if (short.length + character.length > length) break;
    short += character;
  }
  return short.trimEnd();
}
