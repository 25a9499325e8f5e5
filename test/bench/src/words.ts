const WORDS = 8000;

/** 4 to 23 words that are none, rare ones rarer (Zipf): for what is searched through. */
export function sentence(index: number): string {
  return Array.from({ length: 4 + (index % 20) }, () => word(Math.floor(WORDS ** Math.random()))).join(' ');
}

/** @param rank 1: the commonest */
export function word(rank: number): string {
  let text = '';
  for (let n = rank * 2654435761 + 97; text.length < 3 + (rank % 7); n = Math.floor(n / 26) + rank * 7919) {
    text += String.fromCharCode(97 + (n % 26));
  }
  return text;
}
