import type { EngineEvent, Message } from '@sotto/engine/api';
import { safeLine } from '../text/safe-text.ts';
import type { Actions } from './chat-actions.ts';
import { conversationOf, START, withConversation, withMessage, type ChatState } from './chat-state.ts';

type RoomEvent = Extract<EngineEvent, { type: 'room' }>;

/** A line of a private room as the start page shows it: like a message, but nothing of it is kept. */
export function lineOf({ from, name, text, sentAt }: RoomEvent, me: string, number: number): Message {
  return {
    id: `room-${number}`,
    conversation: START,
    from,
    name: from === me ? 'you' : name,
    outgoing: false,
    sentAt,
    receivedAt: sentAt,
    content: { text },
    state: 'read',
    storedOn: 0,
    position: 0,
  };
}

/** @param rows how many the line takes on the screen */
export function withLine(state: ChatState, line: Message, rows: number): ChatState {
  const { unseen } = conversationOf(state, START);
  const next = withMessage(state, line, rows);
  // Counted while another page is open, as it is while scrolled up.
  return state.open === START ? next : withConversation(next, START, { unseen: unseen + 1 });
}

/** Speaks to everybody in the room; says only what a person must know. */
export async function speak(text: string, { engine, state, say }: Actions): Promise<void> {
  const { reached, missed } = await engine.say({ text });
  if (missed.length > 0) say(`Not heard by ${missed.map((name) => safeLine(name)).join(', ')}.`, true);
  else if (reached === 0) say('Nobody else is here: nobody heard it.', true);
  else if (state().open !== START) say(`Said to everybody here (${reached}).`);
}

/** What stands on the start page of a private room, once it is known to be one. */
export async function welcome({ engine, state }: Pick<Actions, 'engine' | 'state'>): Promise<readonly string[]> {
  const { me } = state();
  const here = await engine.present({}).catch(() => []);
  const others = here.filter(({ address }) => address !== me.address).map(({ name }) => safeLine(name));
  return [
    'This is a private room. What you type on this page is said to everybody who is here; /to NAME writes to one person.',
    others.length === 0 ? 'Nobody else is here yet.' : `Here: ${others.join(', ')}`,
  ];
}
