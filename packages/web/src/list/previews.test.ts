import { describe, expect, it } from 'vitest';
import type { EngineEvent, EngineHandle, Message } from '@sotto/engine/api';
import { messageOf } from './contact.fixture.ts';
import { createPreviews } from './previews.ts';

/** An engine that answers when it is told to. */
function slowEngine() {
  const asked: { readonly address: string; answer(messages: readonly Message[]): Promise<void> }[] = [];
  let tell: (event: EngineEvent) => void = () => undefined;
  const engine = {
    history: ({ conversation = '' }) =>
      new Promise((resolve) => {
        const answer = async (messages: readonly Message[]) => {
          resolve({ messages, more: false });
          await new Promise((later) => setTimeout(later));
        };
        asked.push({ address: conversation, answer });
      }),
    on: (listener: (event: EngineEvent) => void) => {
      tell = listener;
      return () => undefined;
    },
  } as unknown as EngineHandle;
  return { engine, asked, tell: (event: EngineEvent) => tell(event) };
}

function started() {
  const slow = slowEngine();
  const previews = createPreviews(slow.engine, (run) => run());
  const { store } = previews;
  previews.follow();
  const newest = (address: string) => store.getState().newest.get(address);
  return { ...slow, newest, want: (address: string) => store.getState().want(address) };
}

describe('previews', () => {
  it('asks once for each conversation, four at a time', async () => {
    const { asked, want, newest } = started();
    for (const address of ['a', 'b', 'c', 'd', 'e', 'a']) want(address);
    expect(asked.map((one) => one.address)).toEqual(['a', 'b', 'c', 'd']);
    await asked[0]?.answer([messageOf('a', 7)]);
    expect(newest('a')?.position).toBe(7);
    expect(asked.map((one) => one.address)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('an answer does not undo what came while it was awaited', async () => {
    const { asked, want, newest, tell } = started();
    want('a');
    tell({ type: 'message', message: messageOf('a', 9) });
    await asked[0]?.answer([messageOf('a', 8)]);
    expect(newest('a')?.position).toBe(9);
  });

  it('a message that fills an old gap is not the newest', () => {
    const { newest, tell } = started();
    tell({ type: 'message', message: messageOf('a', 9) });
    tell({ type: 'message', message: messageOf('a', 3) });
    expect(newest('a')?.position).toBe(9);
  });

  it('shows a change of the newest only', () => {
    const { newest, tell } = started();
    tell({ type: 'message', message: messageOf('a', 9) });
    tell({ type: 'changed', message: messageOf('a', 9, { content: { deleted: true } }) });
    tell({ type: 'changed', message: messageOf('a', 3, { content: { text: 'old' } }) });
    expect(newest('a')?.content).toEqual({ deleted: true });
  });

  it('asks for the one before when the newest is gone, and for all after another tab took over', async () => {
    const { asked, newest, tell, want } = started();
    tell({ type: 'message', message: messageOf('a', 9) });
    tell({ type: 'removed', conversation: 'a', id: 'id9', position: 9 });
    await asked[0]?.answer([messageOf('a', 5)]);
    expect(newest('a')?.position).toBe(5);
    tell({ type: 'resumed' });
    expect(newest('a')).toBeUndefined();
    want('a');
    expect(asked).toHaveLength(2);
  });
});
