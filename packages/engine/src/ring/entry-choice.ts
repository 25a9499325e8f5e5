/** Which nodes carry tunnels to somebody's homes (RING-75). */
import type { Homes, NodeKey, RingMember, View } from '@sotto/protocol/ring';
import type { Random } from '../ports.ts';

/** The larger, the less an entry is wanted; each counts more than all after it. */
const COST = {
  /** Its operator also runs a home of the recipient: together they see who writes to whom. */
  operatorOfHome: 8,
  /** It knows the sender's account, and would learn to which node he writes. */
  ownHome: 4,
  /** It may be handed the envelope, and then sees both. */
  standIn: 2,
  /** It leaves the network soon. */
  leaving: 1,
} as const;

/**
 * @param homes of the recipient: none of them is ever an entry
 * @param own homes of the sender, as far as they are in this network
 * @param before the order chosen before: the fewer nodes somebody uses in the course of time, the fewer learn of him
 * @returns nodes in the order in which they are to be used, best first, equals by chance; none: the ring is too small
 */
export function chooseEntries(
  view: View,
  homes: Homes,
  own: ReadonlySet<NodeKey>,
  random: Random,
  before: readonly NodeKey[] = [],
): RingMember[] {
  const taken = new Set(homes.homes);
  const standIns = new Set(homes.standIns);
  const usedBefore = new Map(before.map((key, index) => [key, index / before.length]));
  const operators = new Set(homes.homes.map((key) => view.member(key)?.domains.operator));
  const chances = new DataView(random(4 * view.members.length).slice().buffer);
  return view.members
    .filter(({ key }) => !taken.has(key))
    .map((member, index) => {
      const { key, weight, domains } = member;
      const cost =
        (operators.has(domains.operator) ? COST.operatorOfHome : 0) +
        (own.has(key) ? COST.ownHome : 0) +
        (standIns.has(key) ? COST.standIn : 0) +
        (weight === 0 ? COST.leaving : 0);
      return { member, cost, by: usedBefore.get(key) ?? 1 + chances.getUint32(4 * index) / 2 ** 32 };
    })
    .sort((a, b) => a.cost - b.cost || a.by - b.by)
    .map(({ member }) => member);
}
