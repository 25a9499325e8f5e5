import type { EngineApi, Message } from '@sotto/engine/api';
import { describe, expect, it } from 'vitest';
import { clearConversation } from './clear-conversation.ts';

class FakeHistory {
  messages = Array.from({ length: 250 }, (_, position) => ({ id: String(position), position }) as Message);
  readTo = -1;
  readonly history: EngineApi['history'] = ({ before = Infinity, limit = 50 }) => {
    const older = this.messages.filter(({ position }) => position < before);
    return Promise.resolve({ messages: older.slice(-limit), more: older.length > limit });
  };
  readonly hide: EngineApi['hide'] = ({ id }) => {
    this.messages = this.messages.filter((message) => message.id !== id);
    return Promise.resolve({});
  };
  readonly markRead: EngineApi['markRead'] = ({ upTo }) => {
    this.readTo = Math.max(this.readTo, upTo);
    return Promise.resolve({});
  };
}

describe('MEET-5: clearing a conversation', () => {
  it('leaves no message and none unread, whatever its length', async () => {
    const engine = new FakeHistory();
    const told: number[] = [];
    const options = { signal: new AbortController().signal, onCleared: (count: number) => void told.push(count) };
    expect(await clearConversation(engine, 'did:key:bob', options)).toBe(250);
    expect(engine).toMatchObject({ messages: [], readTo: 249 });
    expect(told.at(-1)).toBe(250);
  });

  it('stops where it is told to', async () => {
    const engine = new FakeHistory();
    const abort = new AbortController();
    const onCleared = (count: number): void => {
      if (count === 120) abort.abort();
    };
    expect(await clearConversation(engine, 'did:key:bob', { signal: abort.signal, onCleared })).toBe(120);
    expect(engine.messages).toHaveLength(130);
  });
});
