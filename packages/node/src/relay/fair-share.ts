/**
 * What goes into a commit that cannot take everything: first the first of each link, then the second of each, and so on
 * (OPS-64). So a link that sent much waits for itself alone. Order is kept.
 * @param most how many are taken @param linkOf whose it is
 */
export function fairShare<Item>(
  items: readonly Item[],
  most: number,
  linkOf: (item: Item) => unknown,
): { taken: Item[]; left: Item[] } {
  const sent = new Map<unknown, number>();
  const rounds = items.map((item) => {
    const link = linkOf(item);
    const round = sent.get(link) ?? 0;
    sent.set(link, round + 1);
    return round;
  });
  const inRound: number[] = [];
  for (const round of rounds) inRound[round] = (inRound[round] ?? 0) + 1;
  let last = 0;
  let room = most;
  while (last < inRound.length && inRound[last]! <= room) room -= inRound[last++]!;
  const taken: Item[] = [];
  const left: Item[] = [];
  for (const [index, item] of items.entries()) {
    const round = rounds[index]!;
    const fits = round < last || (round === last && room-- > 0);
    (fits ? taken : left).push(item);
  }
  return { taken, left };
}
