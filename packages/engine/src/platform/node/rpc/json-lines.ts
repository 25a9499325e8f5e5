import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

export interface LineHandlers {
  onLine(line: string): void;
  /** A line over the limit, or not UTF-8: it was skipped. */
  onBadLine(): void;
  /** No more lines will come. */
  onEnd(): void;
}

/** Cuts a stream of bytes into lines of at most `maxBytes`, without keeping more than that. Empty lines are skipped. */
export function readLines(readable: Readable, maxBytes: number, handlers: LineHandlers): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parts: Buffer[] = [];
  let length = 0;
  let skipping = false;
  let ended = false;

  const add = (part: Buffer): void => {
    if (skipping) return;
    length += part.length;
    if (length <= maxBytes) {
      parts.push(part);
      return;
    }
    skipping = true;
    parts = [];
  };
  const finish = (): void => {
    const wasSkipping = skipping;
    const bytes = Buffer.concat(parts);
    parts = [];
    length = 0;
    skipping = false;
    if (wasSkipping) {
      handlers.onBadLine();
      return;
    }
    let line: string;
    try {
      line = decoder.decode(bytes).trim();
    } catch {
      handlers.onBadLine();
      return;
    }
    if (line !== '') handlers.onLine(line);
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    // The last line may lack its newline.
    if (length > 0) finish();
    handlers.onEnd();
  };

  readable.on('data', (data: Buffer | string) => {
    let rest = typeof data === 'string' ? Buffer.from(data) : data;
    for (;;) {
      const at = rest.indexOf(NEWLINE);
      if (at < 0) break;
      add(rest.subarray(0, at));
      finish();
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) add(rest);
  });
  readable.on('end', end);
  readable.on('error', end);
  readable.on('close', end);
  readable.resume();
}
