/** Which keys do what. `Mod`: Control, on a Mac the command key. */
export type Command = 'search' | 'help' | 'add' | 'settings' | 'next' | 'previous' | 'nextUnread' | 'back';

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** null: not for us. */
export function commandOf(press: KeyPress, isMac: boolean): Command | null {
  const { key, code, altKey, shiftKey } = press;
  const mod = isMac ? press.metaKey : press.ctrlKey;
  const otherMod = isMac ? press.ctrlKey : press.metaKey;
  if (otherMod) return null;
  if (mod && !altKey && !shiftKey) {
    if (code === 'KeyK' || key === 'k') return 'search';
    if (key === '/') return 'help';
    if (key === ',') return 'settings';
    return null;
  }
  if (altKey && !mod) {
    if (key === 'ArrowDown') return shiftKey ? 'nextUnread' : 'next';
    if (key === 'ArrowUp' && !shiftKey) return 'previous';
    // By its place: with Alt the key itself may be another sign.
    if (code === 'KeyN' && !shiftKey) return 'add';
    return null;
  }
  if (key === 'Escape' && !mod && !altKey && !shiftKey) return 'back';
  return null;
}

/** For the help: what is pressed, and the text that says what it does. */
export const SHORTCUTS = {
  everywhere: [
    { id: 'search', press: ['Mod', 'K'] },
    { id: 'next', press: ['Alt', '↓'] },
    { id: 'previous', press: ['Alt', '↑'] },
    { id: 'nextUnread', press: ['Alt', 'Shift', '↓'] },
    { id: 'add', press: ['Alt', 'N'] },
    { id: 'settings', press: ['Mod', ','] },
    { id: 'back', press: ['Esc'] },
    { id: 'help', press: ['Mod', '/'] },
  ],
  writing: [
    { id: 'send', press: ['Enter'] },
    { id: 'newLine', press: ['Shift', 'Enter'] },
    { id: 'editLast', press: ['↑'] },
    { id: 'leave', press: ['Esc'] },
    { id: 'find', press: ['Mod', 'F'] },
  ],
  message: [
    { id: 'move', press: ['↑', '↓'] },
    { id: 'newest', press: ['End'] },
    { id: 'menu', press: ['Enter'] },
    { id: 'reply', press: ['R'] },
    { id: 'react', press: ['+'] },
    { id: 'edit', press: ['E'] },
    { id: 'copy', press: ['Mod', 'C'] },
    { id: 'remove', press: ['Delete'] },
  ],
} as const;

export function isMacLike(platform: string): boolean {
  return /mac|iphone|ipad/iu.test(platform);
}
