/** Splits a text at the words that are searched for, as the search finds them: by their beginning. */
export function markedWords(text: string, searched: string): { text: string; isMarked: boolean }[] {
  const words = searched.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== '');
  if (words.length === 0) return [{ text, isMarked: false }];
  const found = new RegExp(`(?<![\\p{L}\\p{N}])(${words.join('|')})`, 'giu');
  // Of a split with one group every second part is what was found.
  return text
    .split(found)
    .map((part, index) => ({ text: part, isMarked: index % 2 === 1 }))
    .filter((part) => part.text !== '');
}
