/** What stands in a picture's place: the first letters of the first and the last word of a name. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const first = firstLetter(words[0] ?? '');
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? '') : '';
  return `${first}${last}`.toLocaleUpperCase();
}

/** One visible sign, with all that belongs to it; nothing for what is neither letter, number nor picture. */
function firstLetter(word: string): string {
  const [start] = word.normalize('NFC').match(/[\p{L}\p{N}\p{Extended_Pictographic}]\p{M}{0,2}/u) ?? [];
  return start ?? '';
}
