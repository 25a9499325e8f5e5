/** `/reply`, `/edit`, `/delete`, `/hide`, `/react`, `/timer`. */
import type { Message } from '@sotto/engine/api';
import { durationWords } from '../text/duration.ts';
import { emojiOf } from '../text/emoji-names.ts';
import { safeLine } from '../text/safe-text.ts';
import type { Actions } from './chat-actions.ts';
import { contactOf, conversationOf, START } from './chat-state.ts';
import type { Command } from './commands.ts';
import { pick, selectable } from './selection.ts';

export type AmendCommand = Extract<Command, { kind: 'reply' | 'edit' | 'delete' | 'hide' | 'react' | 'timer' }>;

/** Does it in the open conversation; what the person should know is said. */
export async function amend(command: AmendCommand, actions: Actions): Promise<void> {
  const { engine, state, say } = actions;
  const { open } = state();
  if (open === START || contactOf(state(), open) === undefined) {
    return say('Open the conversation first: /to NAME.', true);
  }
  if (command.kind === 'timer') return await setTimer(command.seconds, open, actions);
  const message = choose(command, actions);
  if (message === null) return;
  const { id } = message;
  const named = { id, conversation: open };
  switch (command.kind) {
    case 'reply':
      return void (await engine.send({ to: open, text: command.text, replyTo: id, wait: 'sent', timeoutMs: 0 }));
    case 'edit':
      return await edit(command, message, actions);
    case 'delete':
      await engine.delete(named);
      return say(
        'Deleted here. It is deleted for them as soon as their devices hear of it; they may have read it before.',
      );
    case 'hide':
      return void (await engine.hide(named));
    case 'react':
      return void (await engine.react({ ...named, emoji: emojiOf(command.emoji) }));
  }
}

function choose(command: Exclude<AmendCommand, { kind: 'timer' }>, { state, say, numbered }: Actions): Message | null {
  const { entries } = conversationOf(state());
  const isMine = command.kind === 'edit' || command.kind === 'delete';
  const suits = ({ outgoing, content }: Message): boolean =>
    command.kind === 'hide' || (outgoing === isMine && 'text' in content);
  const message = pick(entries, numbered ?? selectable(entries), command.number, suits);
  if (message !== null) return message;
  const words =
    command.number === null
      ? isMine
        ? 'There is no message of yours here.'
        : 'There is no message here for that.'
      : `There is no message #${command.number}. The numbers stand before the messages while you type the command.`;
  say(words, true);
  return null;
}

async function edit(
  command: { number: number | null; text: string },
  message: Message,
  actions: Actions,
): Promise<void> {
  if (command.text !== '')
    return void (await actions.engine.edit({ id: message.id, conversation: message.conversation, text: command.text }));
  // What it says now goes into the draft, to be changed there.
  const number = selectable(conversationOf(actions.state()).entries).indexOf(message.id) + 1;
  if ('text' in message.content && number > 0) actions.setDraft(`/edit #${number} ${message.content.text}`);
}

async function setTimer(seconds: number | null, open: string, { engine, state, say }: Actions): Promise<void> {
  const contact = contactOf(state(), open);
  if (contact === undefined) return;
  if (seconds !== null) return void (await engine.setTimer({ conversation: open, seconds }));
  const name = safeLine(contact.name);
  if (contact.timer === 0)
    return say(`Messages with ${name} stay. /timer 5m lets new ones disappear at both sides, after 5 minutes.`);
  say(
    `New messages with ${name} disappear ${durationWords(contact.timer)} after they are sent or read. /timer off lets them stay.`,
  );
}
