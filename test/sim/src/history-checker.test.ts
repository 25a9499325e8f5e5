import { describe, expect, it } from 'vitest';
import { checkHistory } from './history-checker.ts';
import type { HistoryEvent, ShownRow } from './history-events.ts';

const tried = (id: string, by = 'Ann', to = 'Bob'): HistoryEvent => ({ type: 'tried', by, to, id, text: `text ${id}` });
const sent = (id: string, by = 'Ann'): HistoryEvent => ({ type: 'sent', by, id });
const state = (id: string, value: 'stored' | 'delivered' | 'read' | 'waiting', by = 'Ann'): HistoryEvent => ({
  type: 'state',
  by,
  id,
  state: value,
});
const row = (id: string, position: number, more: object = {}): ShownRow => ({
  kind: 'text',
  position,
  id,
  text: `text ${id}`,
  ...more,
});
const shown = (what: ShownRow, by = 'Bob', from = 'Ann'): HistoryEvent => ({ type: 'shown', by, from, row: what });
const history = (rows: ShownRow[], by = 'Bob', from = 'Ann', at = 1000): HistoryEvent => ({
  type: 'history',
  by,
  from,
  rows,
  at,
});
const end: HistoryEvent = { type: 'end' };
const joined: HistoryEvent = { type: 'joined', by: 'Bob/2', person: 'Bob' };

/** A message that went well, on the screens of Bob. */
const well = (id: string, position: number): HistoryEvent[] => [
  tried(id),
  sent(id),
  shown(row(id, position)),
  state(id, 'delivered'),
];

const rules = (events: HistoryEvent[]): string[] => [...new Set(checkHistory(events).map(({ rule }) => rule))];

describe('history checker', () => {
  it('finds nothing in a history in which all went well', () => {
    const own = { own: true };
    const events = [
      joined,
      ...well('a', 1),
      shown(row('a', 1), 'Bob/2'),
      ...well('b', 2),
      shown(row('b', 2), 'Bob/2'),
      history([row('a', 1), row('b', 2)]),
      history([row('a', 1, own), row('b', 2, own)], 'Ann', 'Bob'),
      end,
    ];
    expect(checkHistory(events)).toEqual([]);
  });

  it.each<[string, HistoryEvent[]]>([
    ['HIST-1 not sent', [shown(row('x', 1))]],
    ['HIST-1 not sent', [...well('a', 1), shown(row('a', 1, { text: 'other words' }))]],
    ['HIST-1 not sent', [...well('a', 1), shown(row('a', 1, { reactions: [{ by: 'Bob', emoji: '!' }] }))]],
    ['HIST-1 not sent', [...well('a', 1), shown({ kind: 'deleted', position: 1, id: 'a' })]],
    ['HIST-2 shown twice', [...well('a', 1), shown(row('a', 2))]],
    ['HIST-3 out of order', [...well('a', 1), ...well('b', 2), history([row('b', 1), row('a', 2)])]],
    ['HIST-3 out of order', [tried('a'), sent('a'), tried('b'), sent('b'), history([row('b', 2)])]],
    ['HIST-4 vanished', [...well('a', 1), history([])]],
    ['HIST-5 state went back', [...well('a', 1), state('a', 'stored')]],
    ['HIST-5 state went back', [tried('a'), sent('a'), state('a', 'read')]],
    [
      'HIST-6 not on the disk',
      [tried('a'), { type: 'stored', envelope: 'e', by: 'Bob', to: 'Ann', content: 'z' }, state('a', 'stored')],
    ],
    [
      'HIST-7 came back',
      [
        { type: 'acknowledged', envelope: 'e', kept: true },
        { type: 'taken', envelope: 'e' },
      ],
    ],
    ['HIST-8 acknowledged, not kept', [{ type: 'acknowledged', envelope: 'e', kept: false }]],
    [
      'HIST-9 encrypted again',
      ['e1', 'e2', 'e3'].map((envelope) => ({ type: 'stored', envelope, by: 'Ann', to: 'Bob', content: 'a' })),
    ],
    ['HIST-10 acknowledged, not shown', [tried('a'), sent('a'), state('a', 'stored'), end]],
    ['HIST-11 not delivered', [tried('a'), sent('a'), end]],
    ['HIST-11 not delivered', [tried('a'), sent('a'), shown(row('a', 1)), end]],
    ['HIST-11 not delivered', [...well('a', 1), shown({ kind: 'gap', position: 2, missing: 1 }), end]],
    [
      'HIST-12 left over',
      [
        { type: 'acknowledged', envelope: 'e', kept: true },
        { type: 'left', where: 'the outbox', count: 1 },
      ],
    ],
    ['HIST-13 internal fault', [{ type: 'fault', by: 'Ann', text: 'broken' }]],
    ['HIST-14 not on all screens', [{ ...joined, by: 'Ann/2', person: 'Ann' }, ...well('a', 1), end]],
    ['HIST-10 acknowledged, not shown', [joined, ...well('a', 1), end]],
    [
      'HIST-15 sent to a revoked screen',
      [
        joined,
        { type: 'unlisted', screen: 'Bob/2' },
        { type: 'stored', envelope: 'e', by: 'Ann', to: 'Bob/2', content: 'a' },
      ],
    ],
    [
      'HIST-16 not the latest words',
      [
        ...well('a', 1),
        { type: 'changing', by: 'Ann', id: 'a', at: 5, change: { text: 'new' } },
        { type: 'changed', by: 'Ann', id: 'a', at: 5 },
        history([row('a', 1)]),
        end,
      ],
    ],
    [
      'HIST-16 not the latest words',
      [
        joined,
        ...well('a', 1),
        shown(row('a', 1), 'Bob/2'),
        { type: 'changing', by: 'Ann', id: 'a', at: 5, change: { text: 'new' } },
        history([row('a', 1)]),
        history([row('a', 1, { text: 'new' })], 'Bob/2'),
        end,
      ],
    ],
    ['HIST-17 did not disappear', [...well('a', 1), history([row('a', 1, { expiresAt: 5 })], 'Bob', 'Ann', 100_000)]],
  ])('%s', (rule, events) => {
    expect(rules(events)).toContain(rule);
  });

  it('HIST-11, HIST-4: an older disk forgets what it wrote, and must be told again what it was sent', () => {
    const before: HistoryEvent[] = [{ type: 'imaged', by: 'Bob', image: 1 }, ...well('a', 1)];
    const restored: HistoryEvent = { type: 'restored', by: 'Bob', image: 1 };
    expect(rules([...before, restored, history([]), end])).toEqual(['HIST-10 acknowledged, not shown']);
    expect(rules([...before, restored, history([row('a', 7)]), end])).toEqual([]);
    const forgotten: HistoryEvent[] = [{ type: 'imaged', by: 'Ann', image: 1 }, tried('b'), sent('b')];
    expect(rules([...forgotten, { type: 'restored', by: 'Ann', image: 1 }, end])).toEqual([]);
  });

  it('HIST-3: what was written before a screen came stands on it in its order, as far as it is there', () => {
    const events = [...well('a', 1), ...well('b', 2), ...well('c', 3), joined];
    const last = (...rows: ShownRow[]): HistoryEvent => history(rows, 'Bob/2');
    const rows = [shown(row('a', 1), 'Bob/2'), shown(row('b', 2), 'Bob/2'), shown(row('c', 3), 'Bob/2')];
    expect(rules([...events, ...rows, last(row('a', 1), row('b', 2), row('c', 3))])).toEqual([]);
    expect(rules([...events, shown(row('c', 3), 'Bob/2'), last(row('c', 3))])).toEqual([]);
    const turned = [shown(row('b', 1), 'Bob/2'), shown(row('a', 2), 'Bob/2'), last(row('b', 1), row('a', 2))];
    expect(rules([...events, ...turned])).toEqual(['HIST-3 out of order']);
  });

  it('HIST-10, HIST-14: nothing is owed to a revoked screen, nor what it said', () => {
    expect(rules([joined, ...well('a', 1), { type: 'revoked', by: 'Bob/2' }, end])).toEqual([]);
    expect(rules([joined, tried('b', 'Bob/2', 'Ann'), { type: 'revoked', by: 'Bob/2' }, end])).toEqual([]);
  });

  it('HIST-4: what disappears may be gone after its time, and not before', () => {
    const events = [...well('a', 1), shown(row('a', 1, { expiresAt: 500 }))];
    expect(rules([...events, history([], 'Bob', 'Ann', 600)])).toEqual([]);
    expect(rules([...events, history([], 'Bob', 'Ann', 400)])).toEqual(['HIST-4 vanished']);
  });
});
