import { isObject } from '../../rpc/json-rpc.ts';
import { RemoteCalls } from './rpc/remote-calls.ts';

interface PageWorkerHooks {
  /** A notification. */
  readonly onMessage: (method: unknown, params: unknown) => void;
  /** It could not be started. */
  readonly onBroken: () => void;
}

/** A worker of this page, and the calls to it. */
export class PageWorker {
  readonly calls: RemoteCalls;
  readonly #worker: Worker;

  constructor(worker: Worker, hooks: PageWorkerHooks) {
    this.#worker = worker;
    this.calls = new RemoteCalls((message) => worker.postMessage(message));
    let isAlive = false;
    worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      isAlive = true;
      if (!isObject(data)) return;
      if (data['method'] === undefined || data['method'] === 'progress') this.calls.receive(data);
      else hooks.onMessage(data['method'], data['params']);
    });
    worker.addEventListener('error', () => {
      // A fault inside a worker that runs is its own.
      if (isAlive) return;
      this.end();
      hooks.onBroken();
    });
  }

  /** At once: what it had under way is lost to it, as in a crash. */
  end(): void {
    this.#worker.terminate();
    this.calls.lose();
  }

  /** Lets it finish first, so long. */
  async leave(maxMs: number): Promise<void> {
    const timer = setTimeout(() => this.end(), maxMs);
    await this.calls.call('close', {}).catch(() => undefined);
    clearTimeout(timer);
    this.end();
  }
}
