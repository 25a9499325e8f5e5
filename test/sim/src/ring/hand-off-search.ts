import {
  HANDOFF_RULES,
  type HandoffEvent,
  type HandoffRules,
  type HandoffState,
  stepHandoff,
} from '@sotto/protocol/ring';

/** A ring small enough to try everything that can happen in it, to one envelope of one partition. */
export interface SmallRing {
  readonly nodes: readonly string[];
  /** Homes, view after view. Each node goes through them at its own pace. */
  readonly views: readonly (readonly string[])[];
  /** Who has the envelope at the beginning. */
  readonly holders: readonly string[];
  /** How many times a node may start again, its disk whole. */
  readonly restarts: number;
  /** How many times a node may start again with an empty disk, as long as another one has a copy. */
  readonly diskDeaths: number;
  /** How many times everybody's patience may end. */
  readonly ticks: number;
  /** Copies of requests under way at a time, at most. */
  readonly flights: number;
}

interface Flight {
  readonly kind: 'keep' | 'kept' | 'refused' | 'boot';
  readonly from: number;
  readonly to: number;
  readonly round: number;
  readonly boot: number;
  /** The life of who gets it: an answer to an earlier one finds nobody. */
  readonly life: number;
}

interface Person {
  view: number;
  has: boolean;
  boot: number;
  /** Its disk died, and it has not got the envelope again. */
  emptied: boolean;
  custody: HandoffState | null;
  /** Boots of others that it was told of. */
  told: number[];
}

interface Snapshot {
  readonly people: Person[];
  flights: Flight[];
  restarts: number;
  diskDeaths: number;
  ticks: number;
  nowMs: number;
  wrong: string | null;
}

export interface SearchResult {
  readonly states: number;
  /** What went wrong, and how it came to that; null: nothing can. */
  readonly found: { readonly text: string; readonly steps: readonly string[] } | null;
}

const ID = 'e';
const PATIENCE_MS = 31_000;

/** Tries every order of everything that can happen, by depth; a state that was seen is not looked at again. */
export function searchHandOff(ring: SmallRing, broken: Partial<HandoffRules> = {}): SearchResult {
  const rules = { ...HANDOFF_RULES, ...broken };
  const seen = new Set<string>();
  const stack: { readonly state: Snapshot; readonly trace: Trace | null }[] = [
    { state: begin(ring, rules), trace: null },
  ];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.state.wrong !== null)
      return { states: seen.size, found: { text: top.state.wrong, steps: stepsOf(top.trace) } };
    const name = nameOf(top.state);
    if (seen.has(name)) continue;
    seen.add(name);
    for (const { text, happen } of choices(ring, rules, top.state)) {
      const state = structuredClone(top.state);
      happen(state);
      stack.push({ state, trace: { text, before: top.trace } });
    }
  }
  return { states: seen.size, found: null };
}

interface Trace {
  readonly text: string;
  readonly before: Trace | null;
}

interface Choice {
  readonly text: string;
  readonly happen: (state: Snapshot) => void;
}

function stepsOf(trace: Trace | null): string[] {
  const steps: string[] = [];
  for (let at = trace; at !== null; at = at.before) steps.unshift(at.text);
  return steps;
}

function begin(ring: SmallRing, rules: HandoffRules): Snapshot {
  const { restarts, diskDeaths, ticks } = ring;
  const people = ring.nodes.map((node) => ({
    view: 0,
    has: ring.holders.includes(node),
    boot: 0,
    emptied: false,
    custody: null,
    told: ring.nodes.map(() => 0),
  }));
  const state: Snapshot = { people, flights: [], restarts, diskDeaths, ticks, nowMs: 0, wrong: null };
  for (const at of people.keys()) lookAfter(ring, rules, state, at);
  return state;
}

function choices(ring: SmallRing, rules: HandoffRules, state: Snapshot): Choice[] {
  const { nodes, views } = ring;
  const all: Choice[] = state.flights.map((flight, index) => ({
    text: `${flight.kind} ${nodes[flight.from]} -> ${nodes[flight.to]}`,
    happen: (next) => {
      next.flights.splice(index, 1);
      arrive(ring, rules, next, flight);
    },
  }));
  state.people.forEach((person, at) => {
    if (person.view + 1 < views.length) {
      all.push({ text: `${nodes[at]} sees view ${person.view + 1}`, happen: (next) => turn(ring, rules, next, at) });
    }
    if (state.restarts > 0) {
      all.push({ text: `${nodes[at]} starts again`, happen: (next) => restart(ring, rules, next, at, false) });
    }
    const others = state.people.some(({ has }, other) => has && other !== at);
    if (state.diskDeaths > 0 && person.has && others) {
      all.push({ text: `${nodes[at]} loses its disk`, happen: (next) => restart(ring, rules, next, at, true) });
    }
  });
  if (state.ticks > 0 && state.people.some(isAtWork)) {
    all.push({ text: 'time passes', happen: (next) => passTime(ring, rules, next) });
  }
  return all;
}

function turn(ring: SmallRing, rules: HandoffRules, state: Snapshot, at: number): void {
  const person = state.people[at] as Person;
  person.view++;
  if (person.custody !== null)
    step(ring, rules, state, at, { type: 'view', epoch: person.view, homes: homesOf(ring, person) });
  lookAfter(ring, rules, state, at);
}

function restart(ring: SmallRing, rules: HandoffRules, state: Snapshot, at: number, dies: boolean): void {
  const person = state.people[at] as Person;
  if (dies) {
    state.diskDeaths--;
    person.has = false;
    person.emptied = true;
  } else state.restarts--;
  person.boot++;
  person.custody = null;
  for (const other of state.people.keys()) {
    if (other !== at) state.flights.push({ kind: 'boot', from: at, to: other, round: 0, boot: person.boot, life: -1 });
  }
  lookAfter(ring, rules, state, at);
}

function passTime(ring: SmallRing, rules: HandoffRules, state: Snapshot): void {
  state.ticks--;
  state.nowMs += PATIENCE_MS;
  for (const [at, { custody }] of state.people.entries()) {
    if (custody !== null) step(ring, rules, state, at, { type: 'tick' });
  }
}

const isAtWork = ({ custody }: Person): boolean => custody !== null && custody.phase !== 'done';

/** Begins a hand-off where one is due. */
function lookAfter(ring: SmallRing, rules: HandoffRules, state: Snapshot, at: number): void {
  const person = state.people[at] as Person;
  const homes = homesOf(ring, person);
  const self = ring.nodes[at] as string;
  if (!person.has || isAtWork(person) || homes.includes(self)) return;
  const boots = new Map(ring.nodes.map((node, other) => [node, String(person.told[other])]));
  step(ring, rules, state, at, { type: 'start', self, epoch: person.view, homes, boots });
}

const homesOf = (ring: SmallRing, { view }: Person): readonly string[] => ring.views[view] ?? [];

function arrive(ring: SmallRing, rules: HandoffRules, state: Snapshot, flight: Flight): void {
  const { kind, from, to, round } = flight;
  const person = state.people[to] as Person;
  const sender = ring.nodes[from] as string;
  if (kind === 'boot') {
    person.told[from] = Math.max(person.told[from] as number, flight.boot);
    const event: HandoffEvent = { type: 'peerBoot', from: sender, boot: String(flight.boot) };
    if (person.custody !== null && person.told[from] === flight.boot) step(ring, rules, state, to, event);
    return;
  }
  if (kind === 'keep') {
    const isHome = homesOf(ring, person).includes(ring.nodes[to] as string);
    person.has ||= isHome;
    person.emptied &&= !isHome;
    state.flights.push({
      kind: isHome ? 'kept' : 'refused',
      from: to,
      to: from,
      round,
      boot: person.boot,
      life: flight.life,
    });
    return;
  }
  if (person.custody === null || flight.life !== person.boot) return;
  if (kind === 'kept')
    step(ring, rules, state, to, { type: 'kept', from: sender, boot: String(flight.boot), round, ids: [ID] });
  else
    step(ring, rules, state, to, { type: 'refused', from: sender, round, ids: [ID], code: 'unreachable', retryMs: 0 });
}

function step(ring: SmallRing, rules: HandoffRules, state: Snapshot, at: number, event: HandoffEvent): void {
  const person = state.people[at] as Person;
  const next = stepHandoff(person.custody, event, state.nowMs, rules);
  person.custody = next.state;
  for (const effect of next.effects) {
    if (effect.type === 'discard') discard(ring, state, at);
    if (effect.type === 'read') {
      const ids = person.has && effect.after === '' ? [ID] : [];
      step(ring, rules, state, at, { type: 'page', ids });
    }
    if (effect.type === 'keep' && state.flights.length < ring.flights) {
      const to = ring.nodes.indexOf(effect.to);
      state.flights.push({ kind: 'keep', from: at, to, round: effect.round, boot: 0, life: person.boot });
    }
  }
}

/** What may never be: the last copy goes, or a home is relied on of which it is known that it began anew. */
function discard(ring: SmallRing, state: Snapshot, at: number): void {
  const person = state.people[at] as Person;
  person.has = false;
  if (!state.people.some(({ has }) => has)) state.wrong = `${ring.nodes[at]} discards the last copy`;
  for (const home of homesOf(ring, person)) {
    const other = ring.nodes.indexOf(home);
    const { emptied, boot } = state.people[other] as Person;
    if (emptied && person.told[other] === boot) state.wrong ??= `${ring.nodes[at]} relies on the lost disk of ${home}`;
  }
}

function nameOf(state: Snapshot): string {
  const flights = state.flights.map((flight) => Object.values(flight).join(':')).sort();
  return JSON.stringify({ ...state, flights }, (_, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...value] : value,
  );
}
