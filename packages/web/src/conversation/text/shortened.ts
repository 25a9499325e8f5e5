/** Long texts: how much of one is shown before the person asks for more. Bounded work, however long the text is. */

/** UTF-16 units and lines that are shown at first. */
const FIRST_LENGTH = 1800;
const FIRST_LINES = 24;
/** Each time more is asked for. */
const MORE_LENGTH = 8000;
const MORE_LINES = 400;
/** A rest shorter than this is not worth a button. */
const SLACK = 200;

export interface Shortened {
  readonly text: string;
  readonly isWhole: boolean;
}

/** @param asked how many times the person asked for more */
export function shortened(text: string, asked: number): Shortened {
  const maxLength = FIRST_LENGTH + asked * MORE_LENGTH;
  const maxLines = FIRST_LINES + asked * MORE_LINES;
  let end = text.length <= maxLength + SLACK ? text.length : boundary(text, maxLength);
  let line = -1;
  for (let lines = 0; lines < maxLines; lines++) {
    line = text.indexOf('\n', line + 1);
    if (line === -1 || line >= end) return { text: text.slice(0, end), isWhole: end === text.length };
  }
  end = Math.min(end, line);
  return { text: text.slice(0, end), isWhole: false };
}

/** Between two words when there is one near, never inside a surrogate pair or before a mark that belongs to the last letter. */
function boundary(text: string, at: number): number {
  const space = text.lastIndexOf(' ', at);
  if (space > at - 80) return space;
  let end = at;
  for (let i = 0; i < 32 && end > 0 && /^(?:\p{M}|\u200d|\ufe0f|[\udc00-\udfff])/u.test(text.slice(end, end + 1)); i++)
    end--;
  return end;
}
