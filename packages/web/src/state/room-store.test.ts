import { describe, expect, it } from 'vitest';
import { createRoomStore } from './room-store.ts';

const ann = { address: 'did:key:ann', name: 'Ann', token: 'aaaa' };
const ben = { address: 'did:key:ben', name: 'Be\u202en', token: 'bbbb' };
const line = (from: string, text: string) => ({ type: 'room' as const, from, name: from, text, sentAt: 5 });

describe('the room', () => {
  it('WEB-69: who comes and goes is among those who are here, and their names turn nothing round', () => {
    const store = createRoomStore();
    store.getState().meet({ type: 'presence', peer: ben, joined: true }, 1);
    expect(store.getState().present).toBe(null);
    store.getState().setPresent([ann]);
    store.getState().meet({ type: 'presence', peer: ben, joined: true }, 2);
    store.getState().meet({ type: 'presence', peer: ben, joined: true }, 3);
    expect(store.getState().present?.map(({ name }) => name)).toEqual(['Ann', 'Ben']);
    store.getState().meet({ type: 'presence', peer: ann, joined: false }, 4);
    expect(store.getState().present?.map(({ name }) => name)).toEqual(['Ben']);
    expect(store.getState().lines.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'came Ben',
      'came Ben',
      'came Ben',
      'left Ann',
    ]);
  });

  it('WEB-69: lines of others are counted while nobody looks, own ones never', () => {
    const store = createRoomStore();
    const { hear, look } = store.getState();
    hear(line('ben', 'one'), 'ann');
    hear(line('ann', 'two'), 'ann');
    expect(store.getState().unseen).toBe(1);
    look(true);
    hear(line('ben', 'three'), 'ann');
    expect(store.getState().unseen).toBe(0);
    look(false);
    hear(line('ben', 'four'), 'ann');
    expect(store.getState().unseen).toBe(1);
    expect(store.getState().lines.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('keeps the newest lines only', () => {
    const store = createRoomStore();
    for (let count = 0; count < 600; count++) store.getState().hear(line('ben', String(count)), 'ann');
    const { lines } = store.getState();
    expect([lines.length, lines.at(-1)?.text]).toEqual([500, '599']);
  });
});
