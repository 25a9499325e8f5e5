import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefusalCode } from '../wire/index.ts';
import {
  HANDOFF_REST_MS,
  HANDOFF_RULES,
  HANDOFF_TIMEOUT_MS,
  stepHandoff,
  type HandoffEvent,
  type HandoffRules,
  type HandoffState,
} from './index.ts';

const HOMES = ['h1', 'h2', 'h3'];
const boots = new Map(HOMES.map((home) => [home, `${home} boot`]));

/** A custodian with its store; homes answer when told to. */
class Custodian {
  state: HandoffState | null = null;
  readonly held: Set<string>;
  readonly asked: { to: string; ids: readonly string[]; round: number }[] = [];
  readonly discarded: string[] = [];
  wakeMs = 0;
  done: string | null = null;
  readonly #reads: { after: string; limit: number }[] = [];

  readonly #rules: HandoffRules;

  constructor(held: readonly string[], homes: readonly string[] = HOMES, rules: HandoffRules = HANDOFF_RULES) {
    this.#rules = rules;
    this.held = new Set(held);
    this.step({ type: 'start', self: 'me', epoch: 1, homes, boots });
  }

  step(event: HandoffEvent, nowMs = 0): void {
    const { state, effects } = stepHandoff(this.state, event, nowMs, this.#rules);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === 'read') this.#reads.push(effect);
      if (effect.type === 'keep') this.asked.push(effect);
      if (effect.type === 'wake') this.wakeMs = effect.atMs;
      if (effect.type === 'done') this.done = effect.reason;
      if (effect.type !== 'discard') continue;
      for (const id of effect.ids) this.held.delete(id);
      this.discarded.push(...effect.ids);
    }
    for (let read = this.#reads.shift(); read !== undefined; read = this.#reads.shift()) {
      const { after, limit } = read;
      const ids = [...this.held].sort().filter((id) => id > after).slice(0, limit); // prettier-ignore
      this.step({ type: 'page', ids }, nowMs);
    }
  }

  /** The oldest question to a home is answered: all kept. */
  answer(home: string, change: { boot?: string; round?: number; ids?: readonly string[] } = {}, nowMs = 0): void {
    const at = this.asked.findIndex(({ to }) => to === home);
    const [question] = this.asked.splice(at, 1);
    if (at < 0 || question === undefined) throw new Error(`${home} was not asked.`);
    const { ids, round } = question;
    this.step({ type: 'kept', from: home, boot: boots.get(home) ?? '', ids, round, ...change }, nowMs);
  }
}

describe('custody', () => {
  it('RING-11: everything goes to every home; it is discarded when all of them have it, and then it is over', () => {
    const ids = Array.from({ length: 150 }, (_, i) => `id ${1000 + i}`);
    const custodian = new Custodian(ids);
    while (custodian.done === null) {
      expect(custodian.asked.map(({ to }) => to)).toEqual(HOMES);
      custodian.answer('h1');
      custodian.answer('h3');
      expect(custodian.asked).toHaveLength(1);
      custodian.answer('h2');
    }
    expect(custodian.done).toBe('empty');
    expect(custodian.discarded).toEqual(ids);
  });

  it('RING-11: two of three receipts are not enough', () => {
    const custodian = new Custodian(['a', 'b']);
    custodian.answer('h1');
    custodian.answer('h2');
    custodian.answer('h3', { ids: ['b'] });
    expect(custodian.discarded).toEqual(['b']);
    expect([...custodian.held]).toEqual(['a']);
  });

  it('RING-11: receipts of others, of another boot or of an earlier round do not count', () => {
    const custodian = new Custodian(['a']);
    custodian.answer('h1');
    custodian.answer('h2');
    const wrong = { type: 'kept', from: 'h3', boot: 'h3 boot', round: 0, ids: ['a'] } as const;
    custodian.step({ ...wrong, from: 'h4' });
    custodian.step({ ...wrong, boot: 'another' });
    custodian.step({ ...wrong, round: -1 });
    expect(custodian.discarded).toEqual([]);
    custodian.step(wrong);
    expect(custodian.discarded).toEqual(['a']);
  });

  it('RING-11: when a home started again its receipts are void', () => {
    const custodian = new Custodian(['a']);
    custodian.answer('h1');
    custodian.step({ type: 'peerBoot', from: 'h1', boot: 'next boot' });
    custodian.answer('h2');
    custodian.answer('h3');
    expect(custodian.discarded).toEqual([]);
    // It is asked again, and an answer from before does not count.
    custodian.answer('h1');
    expect(custodian.discarded).toEqual([]);
    custodian.step({ type: 'kept', from: 'h1', boot: 'next boot', round: 0, ids: ['a'] });
    expect(custodian.discarded).toEqual(['a']);
  });

  it('RING-11: when the homes change, or a view was missed, all receipts are void', () => {
    for (const view of [
      { epoch: 2, homes: ['h1', 'h2', 'h4'] },
      { epoch: 3, homes: HOMES },
    ]) {
      const custodian = new Custodian(['a']);
      custodian.answer('h1');
      custodian.answer('h2');
      const [late] = custodian.asked.splice(0);
      custodian.step({ type: 'view', ...view });
      expect(custodian.asked.map(({ to }) => to)).toEqual(view.homes);
      custodian.step({ type: 'kept', from: 'h3', boot: 'h3 boot', round: late?.round ?? 0, ids: ['a'] });
      expect(custodian.discarded).toEqual([]);
      for (const home of view.homes) custodian.answer(home);
      expect(custodian.discarded).toEqual(['a']);
    }
  });

  it('RING-11: what was asked before this node was a home itself counts no more after it', () => {
    const custodian = new Custodian(['a'], ['h1']);
    const [late] = custodian.asked.splice(0);
    custodian.step({ type: 'view', epoch: 2, homes: ['me'] });
    expect(custodian.done).toBe('home');
    custodian.step({ type: 'start', self: 'me', epoch: 3, homes: ['h1'], boots });
    // Meanwhile h1 may have relied on the copy here, and discarded its own.
    custodian.step({ type: 'kept', from: 'h1', boot: 'h1 boot', round: late?.round ?? 0, ids: ['a'] });
    expect(custodian.discarded).toEqual([]);
    custodian.answer('h1');
    expect(custodian.discarded).toEqual(['a']);
  });

  it('RING-11: the same homes in the next epoch change nothing', () => {
    const custodian = new Custodian(['a']);
    custodian.answer('h1');
    custodian.answer('h2');
    custodian.step({ type: 'view', epoch: 2, homes: HOMES });
    custodian.answer('h3');
    expect(custodian.discarded).toEqual(['a']);
  });

  it('RING-11: a node that becomes home keeps everything; without homes nothing is discarded', () => {
    const custodian = new Custodian(['a']);
    custodian.step({ type: 'view', epoch: 2, homes: ['h1', 'me'] });
    expect(custodian.done).toBe('home');
    expect(new Custodian(['a'], ['me']).done).toBe('home');
    const alone = new Custodian(['a'], []);
    expect([alone.done, alone.discarded]).toEqual([null, []]);
    alone.step({ type: 'tick' }, alone.wakeMs);
    expect([...alone.held]).toEqual(['a']);
  });

  it('RING-11: what a home refuses or does not answer waits for the next pass, the others do not send again', () => {
    const custodian = new Custodian(['a', 'b']);
    custodian.answer('h1');
    custodian.answer('h2');
    const refusal = { type: 'refused', from: 'h3', round: 0, code: RefusalCode.QUOTA, retryMs: 0 } as const;
    custodian.step({ ...refusal, ids: ['a'] });
    custodian.step({ type: 'kept', from: 'h3', boot: 'h3 boot', round: 0, ids: ['b'] });
    expect(custodian.discarded).toEqual(['b']);
    expect(custodian.wakeMs).toBe(HANDOFF_REST_MS);
    custodian.asked.length = 0;
    custodian.step({ type: 'tick' }, HANDOFF_REST_MS);
    expect(custodian.asked.map(({ to, ids }) => [to, ids])).toEqual([['h3', ['a']]]);
    custodian.step({ type: 'tick' }, HANDOFF_REST_MS + HANDOFF_TIMEOUT_MS);
    const again = 2 * HANDOFF_REST_MS + HANDOFF_TIMEOUT_MS;
    custodian.step({ type: 'tick' }, again);
    custodian.step({ ...refusal, ids: ['a'], code: 'unreachable', retryMs: 5000 }, again);
    // A link that comes up ends the rest.
    custodian.asked.length = 0;
    custodian.step({ type: 'peerBoot', from: 'h3', boot: 'h3 boot' }, again + 1);
    custodian.answer('h3', {}, again + 2);
    expect([custodian.done, custodian.discarded]).toEqual(['empty', ['b', 'a']]);
  });

  it('RING-11: what was acknowledged meanwhile is not handed over', () => {
    const custodian = new Custodian(['a', 'b']);
    custodian.held.delete('a');
    custodian.step({ type: 'gone', ids: ['a'] });
    for (const home of HOMES) custodian.answer(home, { ids: ['b'] });
    expect([custodian.done, custodian.discarded]).toEqual(['empty', ['b']]);
  });

  it('RING-11: whatever happens, nothing is discarded that a current home lacks', () => {
    fc.assert(
      fc.property(history, (events) => {
        expect(losses(events)).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it.each<[string, Partial<HandoffRules>]>([
    ['discards without receipts', { needed: () => 0 }],
    ['discards after one receipt', { needed: () => 1 }],
    ['keeps receipts when a home started again', { voidsOnRestart: false }],
    ['keeps receipts when the homes changed', { voidsOnChange: false }],
    ['counts whatever comes', { counts: () => true }],
  ])('RING-11: a custodian that %s is caught', (_, broken) => {
    const run = fc.check(
      fc.property(history, (events) => losses(events, { ...HANDOFF_RULES, ...broken }).length === 0),
      { numRuns: 20_000, seed: 5 },
    );
    expect(run.failed).toBe(true);
  });
});

const anyHome = fc.constantFrom('h1', 'h2', 'h3', 'h4');
const IDS = ['a', 'b', 'c'];

type Happening =
  | { readonly type: 'answer'; readonly home: string; readonly some: readonly string[]; readonly late: boolean }
  | { readonly type: 'restart'; readonly home: string }
  | { readonly type: 'view'; readonly skip: number; readonly homes: readonly string[] }
  | { readonly type: 'tick'; readonly ms: number };

const history: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('answer' as const),
      home: anyHome,
      some: fc.subarray(IDS, { minLength: 1 }),
      late: fc.boolean(),
    }),
    fc.record({ type: fc.constant('restart' as const), home: anyHome }),
    fc.record({
      type: fc.constant('view' as const),
      skip: fc.nat({ max: 2 }),
      homes: fc.uniqueArray(anyHome, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('tick' as const), ms: fc.nat({ max: 60_000 }) }),
  ),
  { maxLength: 60 },
);

/** What a history makes a custodian discard although a current home lacks it, by what an all-seeing observer knows. */
function losses(events: readonly Happening[], rules: HandoffRules = HANDOFF_RULES): string[] {
  const custodian = new Custodian(IDS, HOMES, rules);
  const lost: string[] = [];
  // What each home has on its disk in this life and role, and answers of earlier lives on their way.
  const disks = new Map<string, Set<string>>();
  const lives = new Map<string, number>();
  const underway: HandoffEvent[] = [];
  const bootOf = (home: string): string =>
    (lives.get(home) ?? 0) === 0 ? `${home} boot` : `${home} ${lives.get(home)}`;
  let [homes, epoch, nowMs]: [readonly string[], number, number] = [HOMES, 1, 0];
  const look = (from: number): void => {
    for (const id of custodian.discarded.slice(from)) {
      for (const home of homes) if (disks.get(home)?.has(id) !== true) lost.push(`${id} at ${home}`);
    }
  };
  look(0);
  for (const event of events) {
    const before = custodian.discarded.length;
    switch (event.type) {
      case 'answer': {
        const question = custodian.asked.find(({ to }) => to === event.home);
        if (question === undefined || !homes.includes(event.home)) continue;
        const ids = question.ids.filter((id) => event.some.includes(id));
        const disk = disks.get(event.home) ?? new Set();
        for (const id of ids) disk.add(id);
        disks.set(event.home, disk);
        const answer: HandoffEvent = {
          type: 'kept',
          from: event.home,
          boot: bootOf(event.home),
          round: question.round,
          ids,
        };
        if (event.late) underway.push(answer);
        else custodian.step(answer, nowMs);
        break;
      }
      case 'restart':
        // The worst that can happen: it lost everything.
        disks.delete(event.home);
        lives.set(event.home, (lives.get(event.home) ?? 0) + 1);
        custodian.step({ type: 'peerBoot', from: event.home, boot: bootOf(event.home) }, nowMs);
        break;
      case 'view':
        epoch += 1 + event.skip;
        // Who is home no more hands over and discards; in views that were missed this may have been anybody.
        for (const home of disks.keys()) if (!event.homes.includes(home) || event.skip > 0) disks.delete(home);
        homes = event.homes;
        custodian.step({ type: 'view', epoch, homes }, nowMs);
        break;
      case 'tick':
        nowMs += event.ms;
        custodian.step({ type: 'tick' }, nowMs);
        for (const answer of underway.splice(0)) custodian.step(answer, nowMs);
    }
    look(before);
  }
  return lost;
}
