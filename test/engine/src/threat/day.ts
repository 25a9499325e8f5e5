import type { RelayStore } from '@sotto/node';
import { parseAddress } from '@sotto/protocol/identity';
import { type LinkNotes, noNotes, noteLinks } from '../../../e2e/src/link-notes.ts';
import { type Person, World, type WorldNode } from '../world.ts';
import { Chance } from './chance.ts';
import { hexOf } from './observation.ts';
import { type Friend, Resident, type Visit } from './resident.ts';
import { markOf, SealedKinds } from './sealed-kinds.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WHOLE_DAY = 24 * HOUR;

export interface DayOptions {
  readonly seed: number;
  readonly people: number;
}

/** The day whose figures stand in the threat model. */
export const DAY: DayOptions = { seed: 7, people: 50 };

/** A day at one node, as the node saw it, and what it could not see. */
export interface Day {
  readonly world: World;
  readonly node: WorldNode;
  readonly residents: readonly Resident[];
  /** Account (hex) by network address. */
  readonly accounts: ReadonlyMap<string, string>;
  /** The node's notes of the day; an address is the name of the device behind it. */
  readonly notes: LinkNotes;
  readonly kinds: SealedKinds;
  /** markOf() every body that the node's store was given. */
  readonly storedMarks: ReadonlySet<string>;
  readonly endMs: number;
}

/** Every tenth has a tablet beside the phone. */
const TABLET_EVERY = 10;

/**
 * Friends of long standing, and people who meet on this day. Every third phone stays attached all day, as all tablets
 * do. Each device has a network address of its own.
 */
export async function runDay({ seed, people: count }: DayOptions): Promise<Day> {
  const kinds = new SealedKinds();
  const world = new World(seed, kinds.primitives);
  const chance = new Chance(seed);
  const storedMarks = new Set<string>();
  const node = await world.node(undefined, { wrap: (store) => watched(store, storedMarks) });
  const notes = noNotes();
  noteLinks(node.core!, notes, () => world.clock.now());
  const people: Person[] = [];
  for (let at = 0; at < count; at++) people.push(await world.person(`Person ${at}`, node));

  const pairs = circleOfFriends(count, chance);
  const friends = await befriend(world, people, pairs, chance);
  const visits = people.map(() => visitsOf(chance));
  await meetStrangers(world, people, pairs, visits, chance);
  const tablets: Person[] = [];
  for (let at = 0; at < count; at += TABLET_EVERY) {
    tablets.push(await world.device(people[at]!, `Tablet of person ${at}`, node, false));
  }
  const owners = people.filter((_, at) => at % TABLET_EVERY === 0);
  for (const person of [...people, ...tablets]) await person.close();
  await world.clock.advance(MINUTE);
  for (const list of Object.values(notes)) list.length = 0;

  const residents = people.map((person, at) => {
    const alwaysOn = at % 3 === 0;
    const resident = new Resident(world, person, new Chance(seed * 1000 + at), friends[at]!, alwaysOn);
    resident.plan(visits[at]!);
    return resident;
  });
  for (const tablet of tablets) {
    const resident = new Resident(world, tablet, new Chance(seed), [], true);
    resident.plan([]);
    residents.push(resident);
  }
  await world.clock.advance(WHOLE_DAY);
  const accounts = new Map<string, string>();
  for (const person of people) accounts.set(person.name, hexOf(parseAddress((await world.whois(person)).address)));
  for (const [at, tablet] of tablets.entries()) accounts.set(tablet.name, accounts.get(owners[at]!.name)!);
  return { world, node, residents, accounts, notes, kinds, storedMarks, endMs: world.clock.now() };
}

/** Neighbours of a circle, the next but one, and some from anywhere. */
function circleOfFriends(count: number, chance: Chance): [number, number][] {
  const pairs = new Map<string, [number, number]>();
  const add = (a: number, b: number): void => {
    if (a !== b) pairs.set([a, b].sort((x, y) => x - y).join('-'), [a, b]);
  };
  for (let at = 0; at < count; at++) {
    add(at, (at + 1) % count);
    if (chance.is(0.5)) add(at, (at + 2) % count);
    if (chance.is(0.5)) add(at, chance.below(count));
  }
  return [...pairs.values()];
}

async function befriend(
  world: World,
  people: readonly Person[],
  pairs: readonly [number, number][],
  chance: Chance,
): Promise<Friend[][]> {
  const friends: Friend[][] = people.map(() => []);
  for (const [a, b] of pairs) {
    const [one, other] = [people[a]!, people[b]!];
    await world.introduce(one, other);
    const [toOne, toOther] = [(await world.whois(one)).address, (await world.whois(other)).address];
    await one.engine.send({ to: toOther, text: 'hello' });
    await world.clock.advance(2000);
    await other.engine.send({ to: toOne, text: 'hello' });
    const weight = chance.between(0.2, 1) ** 2;
    friends[a]!.push({ address: toOther, weight });
    friends[b]!.push({ address: toOne, weight });
  }
  await world.clock.advance(MINUTE);
  return friends;
}

/** Five to eight visits of 4 to 20 minutes between seven in the morning and half past eleven at night. */
function visitsOf(chance: Chance): Visit[] {
  const count = 5 + chance.below(4);
  return Array.from({ length: count }, () => ({
    fromMs: Math.floor(chance.between(7 * HOUR, 23.5 * HOUR)),
    lengthMs: Math.floor(chance.between(4 * MINUTE, 20 * MINUTE)),
    stranger: null,
  })).sort((a, b) => a.fromMs - b.fromMs);
}

/** Two of three by an invite link, the others by the address alone. */
async function meetStrangers(
  world: World,
  people: readonly Person[],
  pairs: readonly [number, number][],
  visits: Visit[][],
  chance: Chance,
): Promise<void> {
  for (let made = 0; made < people.length / 5;) {
    const [a, b] = [chance.below(people.length), chance.below(people.length)];
    const known = pairs.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
    const visit = visits[a]!.findIndex(({ stranger }) => stranger === null);
    if (a === b || known || visit < 0) continue;
    const { address, invite } = await world.whois(people[b]!);
    visits[a]![visit] = { ...visits[a]![visit]!, stranger: made % 3 === 2 ? address : invite };
    made++;
  }
}

/** The store as it is; what it is to keep is noted. */
function watched(store: RelayStore, marks: Set<string>): RelayStore {
  const keep = store.store.bind(store);
  store.store = (items) => {
    for (const { body } of items) marks.add(markOf(body));
    return keep(items);
  };
  return store;
}
