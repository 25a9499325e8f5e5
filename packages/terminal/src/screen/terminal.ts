import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from '../chat/chat-view.ts';
import type { Output } from './screen.ts';

/** The two directions of a terminal; tests bring their own. */
export interface Terminal extends Output {
  size(): Size;
  /** Raw input from now on; both handlers until stop(). */
  start(onInput: (chunk: Uint8Array) => void, onResize: () => void): void;
  stop(): void;
}

/** The terminal this process runs in. */
export function processTerminal(input: ReadStream, output: WriteStream): Terminal {
  let stop = (): void => undefined;
  return {
    write: (text) => void output.write(text),
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    start(onInput, onResize) {
      input.setRawMode(true);
      input.on('data', onInput);
      output.on('resize', onResize);
      input.resume();
      stop = () => {
        input.off('data', onInput);
        output.off('resize', onResize);
        input.setRawMode(false);
        input.pause();
      };
    },
    stop: () => stop(),
  };
}
