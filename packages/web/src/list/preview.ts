/** One line that stands for a message. */
import type { Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';

export type Preview =
  /** Nothing to show. */
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string; readonly own: boolean }
  /** `preview.<kind>` of the texts. */
  | { readonly kind: 'deleted' | 'unknown' | 'undecryptable' | 'timerOff' }
  | { readonly kind: 'gap'; readonly count: number }
  | { readonly kind: 'timer'; readonly seconds: number };

const MAX_LENGTH = 160;

export function previewOf(message: Message | null | undefined): Preview {
  if (message === null || message === undefined) return { kind: 'none' };
  const { content, outgoing } = message;
  if ('text' in content) return { kind: 'text', text: oneLine(content.text), own: outgoing };
  if ('gap' in content) return content.gap === 0 ? { kind: 'none' } : { kind: 'gap', count: content.gap };
  if ('timer' in content) return content.timer === 0 ? { kind: 'timerOff' } : { kind: 'timer', seconds: content.timer };
  if ('deleted' in content) return { kind: 'deleted' };
  return { kind: 'undecryptable' in content ? 'undecryptable' : 'unknown' };
}

/** Whole letters only: what is cut must not leave half a sign. */
export function oneLine(text: string): string {
  const line = safeLine(text.slice(0, MAX_LENGTH * 4))
    .replaceAll(/\s+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, MAX_LENGTH).join('');
}
