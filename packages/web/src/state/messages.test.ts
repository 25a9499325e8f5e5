import type { EngineEvent, Message } from '@sotto/engine/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HELD } from './message-window.ts';
import { Messages } from './messages.ts';

const ANN = 'did:key:ann';

function message(position: number, text = `m${position}`, conversation = ANN): Message {
  return {
    id: position.toString(16).padStart(32, '0'),
    conversation,
    from: conversation,
    name: 'Ann',
    outgoing: false,
    sentAt: position,
    receivedAt: position,
    content: { text },
    state: 'delivered',
    storedOn: 0,
    position,
  };
}

/** An engine with a history; frames are run by hand. */
class Fixture {
  rows = new Map<number, Message>();
  firstUnread: number | undefined;
  calls = 0;
  #frames: (() => void)[] = [];
  #listener: (event: EngineEvent) => void = () => undefined;
  readonly messages: Messages;

  constructor(count: number) {
    for (let i = 1; i <= count; i++) this.rows.set(i, message(i));
    const engine = {
      history: async ({ before, after, limit = 50 }: { before?: number; after?: number; limit?: number }) => {
        this.calls++;
        const all = [...this.rows.values()].toSorted((a, b) => a.position - b.position);
        const found = all.filter((m) => m.position < (before ?? Infinity) && m.position > (after ?? -1));
        const page = after === undefined ? found.slice(-limit) : found.slice(0, limit);
        const unread = this.firstUnread;
        await Promise.resolve();
        const more = found.length > page.length;
        return { messages: page, more, ...(unread === undefined ? {} : { firstUnread: unread }) };
      },
      on: (listener: (event: EngineEvent) => void) => {
        this.#listener = listener;
        return () => undefined;
      },
    };
    this.messages = new Messages(engine, ANN, (run) => void this.#frames.push(run));
  }

  tell(...events: EngineEvent[]): void {
    for (const event of events) this.#listener(event);
  }

  frame(): void {
    for (const run of this.#frames.splice(0)) run();
  }

  say(position: number, text?: string): void {
    const said = message(position, text);
    this.rows.set(position, said);
    this.tell({ type: 'message', message: said });
  }

  get positions(): number[] {
    return this.messages.state.messages.map(({ position }) => position);
  }

  get texts(): unknown[] {
    return this.messages.state.messages.map(({ content }) => ('text' in content ? content.text : content));
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('WEB-MSG-1: the stretch of a conversation that is held', () => {
  it('opens at the newest, grows at its beginning, and knows where the history begins', async () => {
    const f = new Fixture(200);
    await f.messages.open(0);
    expect(f.positions).toEqual(range(121, 200));
    await f.messages.loadOlder();
    expect(f.messages.state.grewAtStart).toBe(true);
    await f.messages.loadOlder();
    expect(f.positions).toEqual(range(1, 200));
    expect(f.messages.state).toMatchObject({ hasOlder: false, hasNewer: false, status: 'ready' });
    const { calls } = f;
    await f.messages.loadOlder();
    expect(f.calls).toBe(calls);
  });

  it('opens at the first unread message, however far back it is', async () => {
    const f = new Fixture(5000);
    f.firstUnread = 1000;
    await f.messages.open(4001);
    expect(f.messages.state.firstUnread).toBe(1000);
    expect(f.positions).toContain(1000);
    expect(f.messages.state.hasNewer).toBe(true);
    await f.messages.reachNewest();
    expect(f.positions.at(-1)).toBe(5000);
  });

  it('reaches any message, and grows from there at both ends', async () => {
    const f = new Fixture(5000);
    await f.messages.open(0);
    expect(await f.messages.reach(2500)).toBe(true);
    expect(f.positions).toEqual(range(2460, 2579));
    await Promise.all([f.messages.loadOlder(), f.messages.loadNewer()]);
    expect(f.positions).toEqual(range(2380, 2579));
    await f.messages.loadNewer();
    expect(f.positions).toEqual(range(2380, 2659));
    expect(await f.messages.reach(9999)).toBe(false);
  });

  it('holds a bounded number of them, and lets go of the far end in a step of its own', async () => {
    const f = new Fixture(10_000);
    await f.messages.open(0);
    for (let i = 0; i < 100; i++) {
      await f.messages.loadOlder();
      const { length } = f.positions;
      f.frame();
      expect(f.positions.length === length || !f.messages.state.grewAtStart).toBe(true);
      expect(f.positions.length).toBeLessThanOrEqual(MAX_HELD);
    }
    expect(f.messages.state.hasNewer).toBe(true);
    while (f.messages.state.hasNewer) {
      await f.messages.loadNewer();
      f.frame();
    }
    expect(f.positions).toEqual(range(f.positions[0] ?? 0, 10_000));
  });

  it('gives no answer to a question that was overtaken', async () => {
    const f = new Fixture(5000);
    await f.messages.open(0);
    const older = f.messages.loadOlder();
    await f.messages.reach(100);
    await older;
    expect(f.positions).toEqual(range(60, 179));
  });
});

describe('WEB-MSG-2: events keep it true', () => {
  it('takes in what is new, changed and removed, once a frame', async () => {
    const f = new Fixture(10);
    await f.messages.open(0);
    let told = 0;
    f.messages.subscribe(() => told++);
    for (let i = 11; i <= 1000; i++) f.say(i);
    f.tell({ type: 'changed', message: message(3, 'edited') });
    f.tell({ type: 'removed', conversation: ANN, id: '', position: 4 });
    f.tell({ type: 'changed', message: { ...message(5), content: { gap: 0 } } });
    f.tell({ type: 'message', message: message(1001, 'for somebody else', 'did:key:ben') });
    expect(told).toBe(0);
    f.frame();
    expect(told).toBe(1);
    expect(f.positions).toEqual([1, 2, 3, ...range(6, 1000)]);
    expect(f.texts[2]).toBe('edited');
  });

  it('leaves out what lies beyond a stretch that does not reach the end', async () => {
    const f = new Fixture(1000);
    await f.messages.open(0);
    await f.messages.reach(500);
    f.say(1001);
    f.tell({ type: 'changed', message: message(2, 'x') });
    f.frame();
    expect(f.positions).toEqual(range(460, 579));
    f.say(500, 'filled');
    f.frame();
    expect(f.texts[40]).toBe('filled');
  });

  it('loses nothing that is told while it loads', async () => {
    const f = new Fixture(10);
    const opening = f.messages.open(0);
    await Promise.resolve();
    f.say(11);
    f.frame();
    await opening;
    f.frame();
    expect(f.positions).toEqual(range(1, 11));
  });

  it('reads again what it holds when another process took over', async () => {
    const f = new Fixture(300);
    await f.messages.open(0);
    await f.messages.loadOlder();
    f.rows.set(200, message(200, 'changed meanwhile'));
    f.rows.delete(201);
    f.rows.set(301, message(301));
    f.tell({ type: 'resumed' });
    await new Promise((resolve) => void setTimeout(resolve));
    expect(f.positions).not.toContain(201);
    expect(f.positions.at(-1)).toBe(301);
    expect(f.texts).toContain('changed meanwhile');
  });

  it('is, after any steps, a stretch of the history without holes', async () => {
    const step = fc.oneof(
      fc.constant('older' as const),
      fc.constant('newer' as const),
      fc.constant('newest' as const),
      fc.record({ reach: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ remove: fc.integer({ min: 1, max: 400 }) }),
      fc.constant('say' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const f = new Fixture(400);
        let last = 400;
        await f.messages.open(0);
        for (const next of steps) {
          if (next === 'older') await f.messages.loadOlder();
          else if (next === 'newer') await f.messages.loadNewer();
          else if (next === 'newest') await f.messages.reachNewest();
          else if (next === 'say') f.say(++last);
          else if ('reach' in next) await f.messages.reach(next.reach);
          else {
            f.rows.delete(next.remove);
            f.tell({ type: 'removed', conversation: ANN, id: '', position: next.remove });
          }
          f.frame();
          const all = [...f.rows.keys()].toSorted((a, b) => a - b);
          const { positions } = f;
          const first = all.indexOf(positions[0] ?? -1);
          expect(positions).toEqual(all.slice(first, first + positions.length));
          expect(f.messages.state.hasNewer || positions.at(-1) === all.at(-1)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
