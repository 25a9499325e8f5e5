import { describe, expect, it } from 'vitest';
import type { Message } from '@sotto/engine/api';
import { after } from './use-search.ts';
import type { Found } from './use-search.ts';

const message = (position: number): Message => ({
  id: position.toString(16).padStart(32, '0'),
  conversation: 'did:key:z6MkBob',
  from: 'did:key:z6MkBob',
  name: 'Bob',
  outgoing: false,
  sentAt: 1,
  receivedAt: 1,
  content: { text: 'coffee' },
  state: 'read',
  storedOn: 1,
  position,
});

const found: Found = { text: 'coffee', messages: [message(1), message(2)], indexed: 2, total: 2 };

describe('WEB-48: what was found', () => {
  it('is not shown any more when it was taken away, deleted, or disappeared', () => {
    const removed = { type: 'removed', conversation: 'did:key:z6MkBob', id: message(1).id, position: 1 } as const;
    expect(after(found, removed).messages).toEqual([message(2)]);
    const deleted = { type: 'changed', message: { ...message(2), content: { deleted: true } } } as const;
    expect(after(found, deleted).messages).toEqual([message(1)]);
  });

  it('stays as it is whatever else happens', () => {
    expect(after(found, { type: 'changed', message: { ...message(1), state: 'read' } })).toBe(found);
    expect(after(found, { type: 'removed', conversation: '', id: '', position: 3 })).toBe(found);
    expect(after(found, { type: 'resumed' })).toBe(found);
  });
});
