import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A program on a pseudo-terminal, and the screen it draws. */
export class PtyProgram {
  readonly #pty: ReturnType<typeof spawn>;
  readonly #emulator: InstanceType<typeof xterm.Terminal>;
  readonly #watchers = new Set<() => void>();
  readonly exited: Promise<number>;
  /** Everything it wrote, as it came. */
  raw = '';

  constructor(
    file: string,
    args: readonly string[],
    size: { columns: number; rows: number },
    env: NodeJS.ProcessEnv = {},
  ) {
    this.#emulator = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true });
    this.#pty = spawn(file, [...args], {
      cols: size.columns,
      rows: size.rows,
      name: 'xterm-256color',
      env: { ...process.env, ...env },
    });
    this.#pty.onData((data) => {
      this.raw += data;
      this.#emulator.write(data, () => {
        for (const watcher of this.#watchers) watcher();
      });
    });
    this.exited = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  write(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
    this.#emulator.resize(columns, rows);
  }

  kill(): void {
    this.#pty.kill();
  }

  get text(): string {
    const { active } = this.#emulator.buffer;
    const rows = Array.from(
      { length: this.#emulator.rows },
      (_, row) => active.getLine(row + active.viewportY)?.translateToString(true) ?? '',
    );
    return rows.join('\n');
  }

  /** Resolves once the screen shows it. @throws after `timeoutMs`, with the screen */
  shows(wanted: string | RegExp, timeoutMs = 30_000): Promise<void> {
    const there = (): boolean => (typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text));
    return new Promise((resolve, reject) => {
      const finish = (error: Error | null): void => {
        clearTimeout(timer);
        this.#watchers.delete(check);
        if (error === null) resolve();
        else reject(error);
      };
      const check = (): void => {
        if (there()) finish(null);
      };
      const timer = setTimeout(
        () => finish(new Error(`not on the screen: ${String(wanted)}\n${this.text}`)),
        timeoutMs,
      );
      this.#watchers.add(check);
      check();
    });
  }
}
