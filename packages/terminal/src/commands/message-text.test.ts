import type { Message } from '@sotto/engine/api';
import { describe, expect, it } from 'vitest';
import { messageJson, messageText } from './message-text.ts';

const message: Message = {
  id: '0'.repeat(32),
  conversation: 'did:key:bob',
  from: 'did:key:me',
  name: 'Me',
  outgoing: true,
  sentAt: 0,
  receivedAt: 0,
  content: { text: 'one\ntwo' },
  state: 'stored',
  storedOn: 2,
  position: 1,
};

describe('CLI-7: messages as commands print them', () => {
  it('leaves out of the JSON what there is nothing of, and keeps what there is', () => {
    expect(Object.keys(JSON.parse(JSON.stringify(messageJson(message))) as object)).not.toContain('replyTo');
    const replyTo = { id: '1'.repeat(32), from: 'did:key:bob', name: 'Bob', text: 'what?' };
    const reactions = [{ emoji: '👍', from: 'did:key:bob', name: 'Bob' }];
    const changed = { ...message, replyTo, reactions, editedAt: 5, expiresAt: 9, disappearAfter: 4 };
    expect(messageJson(changed)).toMatchObject({ replyTo, reactions, editedAt: 5, expiresAt: 9, disappearAfter: 4 });
  });

  it('RING-72: names the nodes that have it, and how many are wanted', () => {
    const nodes = ['a'.repeat(64), 'b'.repeat(64)];
    const kept = { ...message, storedNodes: nodes, storedOf: 3 };
    expect(messageJson(kept)).toMatchObject({ storedOn: nodes, storedOf: 3 });
    expect(messageText(kept)).toContain('(stored on 2 of 3 nodes)');
    expect(messageText({ ...kept, storedOn: 1, storedOf: 1 })).toContain('(stored)');
    expect(messageJson(message)).toMatchObject({ storedOn: [] });
  });

  it('says in words what it answers, reactions, what failed', () => {
    const text = messageText({
      ...message,
      replyTo: { id: '1'.repeat(32), from: 'did:key:bob', name: 'Bob', text: 'what?\nnow?' },
      reactions: [
        { emoji: '👍', from: 'did:key:bob', name: 'Bob' },
        { emoji: '🎉', from: 'did:key:me', name: 'Me' },
      ],
      editedAt: 5,
      amendmentProblem: 'Your edit did not reach them.',
    });
    expect(text).toContain('you: ↪ Bob: what? now?\n    one\n    two');
    expect(text).toContain('(edited, stored on 2 nodes, 👍 Bob  🎉 you, Your edit did not reach them.)');
  });

  it.each([
    [{ deleted: true }, '(deleted)'],
    [{ timer: 300 }, '(messages from here on disappear 5 min after they are sent or read)'],
    [{ timer: 0 }, '(messages from here on stay)'],
    [{ unknown: true }, '(a kind of message this version does not know)'],
    [{ gap: 2 }, '(2 messages have not arrived; asked for them)'],
  ] as const)('%j', (content, words) => {
    expect(messageText({ ...message, content })).toContain(words);
  });
});
