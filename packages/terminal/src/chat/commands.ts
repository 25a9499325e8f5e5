import { parseDuration } from '../text/duration.ts';

/** What a line typed into the chat asks for. */
export type Command =
  | { kind: 'say'; text: string }
  /** To everybody in a private room. */
  | { kind: 'speak'; text: string }
  | { kind: 'to'; to: string; text: string }
  | { kind: 'list' }
  | { kind: 'name'; name: string }
  | { kind: 'verify'; confirmed: boolean }
  | { kind: 'add'; to: string; name: string }
  | { kind: 'accept' }
  | { kind: 'block' }
  | { kind: 'retry' }
  /** number: of the message, counted from the newest; null: the newest that suits. */
  | { kind: 'reply'; number: number | null; text: string }
  /** Without a text: what the message says goes into the draft. */
  | { kind: 'edit'; number: number | null; text: string }
  | { kind: 'delete'; number: number | null }
  | { kind: 'hide'; number: number | null }
  /** Empty: taken back. */
  | { kind: 'react'; number: number | null; emoji: string }
  /** null: show it. */
  | { kind: 'timer'; seconds: number | null }
  | { kind: 'search'; text: string }
  | { kind: 'devices' }
  /** A new device shows this code. */
  | { kind: 'link'; code: string; confirmed: boolean }
  | { kind: 'invite' }
  | { kind: 'help' }
  | { kind: 'leave' }
  | { kind: 'unknown'; word: string }
  /** A known command without what it needs. */
  | { kind: 'usage'; usage: string };

export const COMMANDS: readonly (readonly [usage: string, meaning: string])[] = [
  ['/to NAME [TEXT]', 'open the conversation with a contact, an address, an invite link or a token; send TEXT'],
  ['/say TEXT', 'say it to everybody in a private room; on the start page (Esc) without /say'],
  ['/list', 'contacts, and who is here on a live node or in a private room'],
  ['/add ADDRESS [NAME]', 'add a contact by address or invite link'],
  ['/invite', 'show the link with which others add you'],
  ['/name NAME', 'change the name others see'],
  ['/verify [yes]', 'show the safety number to compare; "yes" when both numbers were the same'],
  ['/accept, /block', 'answer somebody who wrote to you for the first time'],
  ['/reply [#N] TEXT', 'answer their last message, or message N; the numbers show while you type (Alt-R begins it)'],
  ['/edit [#N] [TEXT]', 'change your last message, or message N; without TEXT it comes into the draft (Alt-E)'],
  ['/delete [#N]', 'take your last message, or message N, back for both of you'],
  ['/hide #N', 'take a message out of this device only'],
  ['/react [#N] EMOJI', 'react to their last message, or message N: 👍, +1, heart, laugh …; "off" takes it back'],
  ['/timer [5m]', 'messages disappear at both sides after 30s, 5m, 1h, 1d, 1w; off: they stay'],
  ['/search TEXT', 'search all conversations'],
  ['/devices', 'the devices of your account'],
  ['/link CODE', 'take in a new device that shows this code (there: sotto link)'],
  ['/retry', 'send failed messages of this conversation again'],
  ['exit, quit', 'leave (waiting messages are sent next time)'],
];

/** Text that begins with a slash is a command; `//` begins a text with one slash. `exit` and `quit` alone leave. */
export function parseCommand(line: string): Command {
  const trimmed = line.trim();
  if (trimmed === 'exit' || trimmed === 'quit') return { kind: 'leave' };
  if (!trimmed.startsWith('/')) return { kind: 'say', text: line };
  if (trimmed.startsWith('//')) return { kind: 'say', text: trimmed.slice(1) };
  const [, word = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(trimmed) ?? [];
  const [, first = '', text = ''] = /^("[^"]*"|\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  const name = first.replace(/^"(.*)"$/, '$1');
  switch (word) {
    case 'to':
      return name === '' ? { kind: 'usage', usage: '/to NAME [TEXT]' } : { kind: 'to', to: name, text };
    case 'say':
      return rest === '' ? { kind: 'usage', usage: '/say TEXT' } : { kind: 'speak', text: rest };
    case 'add':
      return name === '' ? { kind: 'usage', usage: '/add ADDRESS [NAME]' } : { kind: 'add', to: name, name: text };
    case 'reply':
    case 'edit':
    case 'delete':
    case 'hide':
    case 'react':
      return parseNumbered(word, rest);
    case 'timer': {
      const seconds = rest === '' ? null : parseDuration(rest);
      return rest !== '' && seconds === null
        ? { kind: 'usage', usage: '/timer 30s, 5m, 1h, 1d, 1w, or off' }
        : { kind: 'timer', seconds };
    }
    case 'name':
      return rest === '' ? { kind: 'usage', usage: '/name NAME' } : { kind: 'name', name: rest };
    case 'search':
      return rest === '' ? { kind: 'usage', usage: '/search TEXT' } : { kind: 'search', text: rest };
    case 'verify':
      return { kind: 'verify', confirmed: rest === 'yes' };
    case 'link':
      return parseLink(first, text);
    case 'devices':
    case 'list':
    case 'accept':
    case 'block':
    case 'retry':
    case 'invite':
    case 'help':
      return { kind: word };
    case 'exit':
    case 'quit':
      return { kind: 'leave' };
    default:
      return { kind: 'unknown', word };
  }
}

function parseLink(code: string, rest: string): Command {
  if (code === '') return { kind: 'usage', usage: '/link CODE' };
  const confirmed = /\s*\byes$/i.test(rest);
  return { kind: 'link', code: code + rest.replace(/\byes$/i, '').replace(/\s+/g, ''), confirmed };
}

const USAGE = { reply: '/reply [#N] TEXT', hide: '/hide #N', react: '/react [#N] EMOJI, or off' } as const;

function parseNumbered(kind: 'reply' | 'edit' | 'delete' | 'hide' | 'react', rest: string): Command {
  const [, digits, text = ''] = /^(?:#(\d{1,2})(?:\s+|$))?([\s\S]*)$/.exec(rest) ?? [];
  const number = digits === undefined ? null : Number(digits);
  switch (kind) {
    case 'reply':
      return text === '' ? { kind: 'usage', usage: USAGE.reply } : { kind, number, text };
    case 'edit':
      return { kind, number, text };
    case 'delete':
      return text === '' ? { kind, number } : { kind: 'usage', usage: '/delete [#N]' };
    case 'hide':
      return text === '' && number !== null ? { kind, number } : { kind: 'usage', usage: USAGE.hide };
    case 'react':
      if (text === '') return { kind: 'usage', usage: USAGE.react };
      return { kind, number, emoji: text === 'off' ? '' : text };
  }
}
