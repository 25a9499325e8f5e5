import type { Message } from '@sotto/engine/api';
import { describe, expect, it } from 'vitest';
import { modeFor, notificationOf } from './notification-words.ts';

const NOW = 1_000_000_000_000;
const texts = {
  message: 'New message',
  newMessage: 'You have a new message.',
  request: 'Someone new wrote to you',
  requestBody: 'It waits among your requests.',
  unshown: 'Sent something',
};
const message = (changes: Partial<Message> = {}): Message => ({
  id: '00',
  conversation: 'did:key:z6Mkanna',
  from: 'did:key:z6Mkanna',
  name: 'Anna',
  outgoing: false,
  sentAt: NOW,
  receivedAt: NOW,
  content: { text: 'The key is under the mat' },
  state: 'delivered',
  storedOn: 0,
  position: 1,
  ...changes,
});

describe('MEET-9: notifications', () => {
  it('TAB-10: say neither who nor what in a private session, whatever is chosen', () => {
    expect((['off', 'private', 'full'] as const).map((mode) => modeFor(mode, true))).toEqual([
      'off',
      'private',
      'private',
    ]);
    expect((['off', 'private', 'full'] as const).map((mode) => modeFor(mode, false))).toEqual([
      'off',
      'private',
      'full',
    ]);
  });

  it('say who wrote and what, when that is wished, and lead to the conversation', () => {
    expect(notificationOf(message(), 'full', texts, NOW)).toEqual({
      title: 'Anna',
      body: 'The key is under the mat',
      tag: 'sotto-did:key:z6Mkanna',
      route: '#/c/did:key:z6Mkanna',
    });
  });

  it('say neither who nor what otherwise', () => {
    const words = JSON.stringify(notificationOf(message(), 'private', texts, NOW));
    for (const secret of ['Anna', 'key is', 'z6Mk']) expect(words).not.toContain(secret);
    expect(notificationOf(message(), 'off', texts, NOW)).toBeNull();
  });

  it('never show a name or words of a stranger', () => {
    const words = JSON.stringify(notificationOf(message({ request: true }), 'full', texts, NOW));
    for (const secret of ['Anna', 'key is', 'z6Mk']) expect(words).not.toContain(secret);
    expect(words).toContain('#/requests');
  });

  it.each<[string, Partial<Message>]>([
    ['own', { outgoing: true }],
    ['read on another device', { state: 'read' }],
    ['a gap', { content: { gap: 3 } }],
    ['deleted', { content: { deleted: true } }],
    ['a timer', { content: { timer: 60 } }],
    ['weeks old', { receivedAt: NOW - 8 * 86_400_000 }],
  ])('do not come for a message that is %s', (_what, changes) => {
    expect(notificationOf(message(changes), 'full', texts, NOW)).toBeNull();
  });

  it('show hostile words as one short line', () => {
    const hostile = message({ name: 'A\u202enna\u0000', content: { text: `a\n\u2067b${'😀'.repeat(5000)}` } });
    const words = notificationOf(hostile, 'full', texts, NOW);
    expect(words?.title).toBe('A nna');
    expect(words?.body.startsWith('a b')).toBe(true);
    expect(Array.from(words?.body ?? '').length).toBeLessThanOrEqual(200);
    expect(words?.body.isWellFormed()).toBe(true);
  });
});
