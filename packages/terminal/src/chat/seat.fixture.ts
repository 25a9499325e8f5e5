import xterm from '@xterm/headless';
import { createStyle } from '../screen/style.ts';
import type { Terminal } from '../screen/terminal.ts';
import { ChatApp } from './chat-app.ts';
import { FakeEngine } from './fake-engine.fixture.ts';

/** A chat on a terminal emulator: what a person would see. */
export class Seat implements Terminal {
  readonly engine = new FakeEngine();
  #emulator: InstanceType<typeof xterm.Terminal>;
  #input: (chunk: Uint8Array) => void = () => undefined;
  #resized: () => void = () => undefined;
  done: Promise<void> = Promise.resolve();

  constructor(columns = 80, rows = 24) {
    this.#emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  size = () => ({ columns: this.#emulator.cols, rows: this.#emulator.rows });
  write(text: string): void {
    this.#emulator.write(text);
  }
  start(onInput: (chunk: Uint8Array) => void, onResize: () => void): void {
    this.#input = onInput;
    this.#resized = onResize;
  }
  stop(): void {
    this.#input = () => undefined;
  }

  open(): void {
    this.done = ChatApp.run(this.engine, this, createStyle(false), new Promise(() => undefined));
  }
  async type(text: string): Promise<void> {
    await settled();
    this.#input(new TextEncoder().encode(text));
    await settled();
  }
  resize(columns: number, rows: number): void {
    this.#emulator.resize(columns, rows);
    this.#resized();
  }
  async rows(): Promise<string[]> {
    await settled();
    await new Promise<void>((resolve) => this.#emulator.write('', resolve));
    const { active } = this.#emulator.buffer;
    return Array.from({ length: this.#emulator.rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
  }
  async text(): Promise<string> {
    return (await this.rows()).join('\n');
  }
}

export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
};
