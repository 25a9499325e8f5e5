import { describe, expect, it } from 'vitest';
import { RefusalCode } from '../wire/index.ts';
import {
  STAND_IN_MS,
  stepStore,
  STORE_TIMEOUT_MS,
  type Homes,
  type StoreEffect,
  type StoreEvent,
  type StoreState,
} from './index.ts';

const three: Homes = { homes: ['h1', 'h2', 'h3'], standIns: ['s1', 's2', 's3'], r: 3, w: 2 };

class Coordinator {
  state: StoreState | null = null;
  readonly asked: string[] = [];
  readonly receipts: string[] = [];
  wakeMs = 0;
  done: Extract<StoreEffect<string>, { type: 'done' }>['outcome'] | null = null;

  constructor(homes: Homes = three) {
    this.step({ type: 'start', homes }, 0);
  }

  step(event: StoreEvent<string>, nowMs: number): void {
    const { state, effects } = stepStore(this.state, event, nowMs);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === 'keep') this.asked.push(`${effect.to} ${effect.as}`);
      if (effect.type === 'receipt') this.receipts.push(`${effect.from} ${effect.receipt}`);
      if (effect.type === 'wake') this.wakeMs = effect.atMs;
      if (effect.type !== 'done') continue;
      if (this.done !== null) throw new Error('It was over already.');
      this.done = effect.outcome;
    }
  }

  kept(from: string, nowMs = 1): void {
    this.step({ type: 'kept', from, receipt: `of ${from}` }, nowMs);
  }

  refused(from: string, code: RefusalCode | 'unreachable', nowMs = 1): void {
    this.step({ type: 'refused', from, code }, nowMs);
  }
}

describe('storing one envelope', () => {
  it('RING-10: all homes are asked at once, receipts are passed on as they come, and all of them end it', () => {
    const send = new Coordinator();
    expect(send.asked).toEqual(['h1 home', 'h2 home', 'h3 home']);
    expect(send.wakeMs).toBe(STAND_IN_MS);
    send.kept('h2');
    send.kept('h1');
    send.kept('h1');
    expect(send.receipts).toEqual(['h2 of h2', 'h1 of h1']);
    expect(send.done).toBeNull();
    send.kept('h3');
    expect(send.done).toEqual({ kept: ['h1', 'h2', 'h3'], enough: true, refusal: null });
    expect(send.asked).toHaveLength(3);
  });

  it('RING-10: one node is a ring of one', () => {
    const send = new Coordinator({ homes: ['me'], standIns: [], r: 1, w: 1 });
    send.kept('me');
    expect(send.done).toEqual({ kept: ['me'], enough: true, refusal: null });
    expect(new Coordinator({ homes: [], standIns: [], r: 0, w: 1 }).done).toEqual({
      kept: [],
      enough: false,
      refusal: null,
    });
  });

  it('RING-10: a stand-in is asked at once for a home out of reach, after 400 ms for a silent one', () => {
    const send = new Coordinator();
    send.kept('h1');
    send.refused('h2', 'unreachable', 10);
    expect(send.asked.slice(3)).toEqual(['s1 stand-in']);
    send.step({ type: 'tick' }, STAND_IN_MS - 1);
    expect(send.asked).toHaveLength(4);
    send.step({ type: 'tick' }, STAND_IN_MS);
    expect(send.asked.slice(4)).toEqual(['s2 stand-in']);
    // A stand-in that is silent, too, is followed by the next.
    send.kept('s2', STAND_IN_MS + 1);
    send.step({ type: 'tick' }, STAND_IN_MS + 10);
    expect(send.asked.slice(5)).toEqual(['s3 stand-in']);
    send.refused('s3', RefusalCode.BUSY, 500);
    send.refused('s1', RefusalCode.DISK_FULL, 500);
    expect(send.done).toBeNull();
    send.refused('h3', 'unreachable', 600);
    expect(send.done).toEqual({ kept: ['h1', 's2'], enough: true, refusal: null });
    send.kept('s1', 700);
    expect(send.receipts).toHaveLength(3);
  });

  it('RING-10: nobody stands in for a home that refuses in the name of the mailbox', () => {
    const send = new Coordinator();
    for (const home of ['h1', 'h2', 'h3']) send.refused(home, RefusalCode.QUOTA);
    expect(send.asked).toHaveLength(3);
    expect(send.done).toEqual({ kept: [], enough: false, refusal: RefusalCode.QUOTA });
  });

  it('RING-10: one home alone cannot refuse in the name of all', () => {
    const lying = new Coordinator();
    lying.refused('h1', RefusalCode.NO_MAILBOX);
    lying.kept('h2');
    lying.refused('h3', 'unreachable');
    for (const key of ['s1', 's2', 's3']) lying.refused(key, 'unreachable');
    expect(lying.done).toEqual({ kept: ['h2'], enough: false, refusal: null });
    const two = new Coordinator();
    two.refused('h1', RefusalCode.NOT_ALLOWED);
    two.kept('h2');
    two.refused('h3', RefusalCode.NOT_ALLOWED);
    expect(two.done).toEqual({ kept: ['h2'], enough: false, refusal: RefusalCode.NOT_ALLOWED });
  });

  it('RING-10: after ten seconds nobody is waited for', () => {
    const send = new Coordinator();
    for (let nowMs = send.wakeMs; send.done === null; nowMs = send.wakeMs) {
      expect(nowMs).toBeLessThanOrEqual(STORE_TIMEOUT_MS);
      send.step({ type: 'tick' }, nowMs);
    }
    expect(send.done).toEqual({ kept: [], enough: false, refusal: null });
    expect(send.asked).toHaveLength(6);
  });

  it('RING-10: who was not asked has nothing to say', () => {
    const send = new Coordinator();
    send.kept('s1');
    send.kept('nobody');
    expect(send.receipts).toEqual([]);
    expect(stepStore(null, { type: 'tick' }, 1)).toEqual({ state: null, effects: [] });
  });
});
