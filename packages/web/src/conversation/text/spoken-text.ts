import type { Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';

const MAX_LENGTH = 300;

/** The beginning of a text on one line, safe to show; for names of controls, quotes and what is read aloud. */
export function shortLine(text: string, maxLength = MAX_LENGTH): string {
  const line = safeLine(text.slice(0, 4 * maxLength));
  const points = Array.from(line.slice(0, 2 * maxLength));
  return points.length > maxLength ? `${points.slice(0, maxLength).join('').trimEnd()}…` : line;
}

/** What a message says, when it says something in words. */
export function textOf({ content }: Message): string | null {
  return 'text' in content ? content.text : null;
}
