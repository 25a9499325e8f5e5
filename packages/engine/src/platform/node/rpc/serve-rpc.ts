import type { Readable, Writable } from 'node:stream';
import type { EngineHandle } from '../../../api.ts';
import { readLines } from './json-lines.ts';
import { RPC_ERRORS, failure } from '../../../rpc/json-rpc.ts';
import { answerLine } from '../../../rpc/rpc-dispatcher.ts';

/** A line longer than this is answered with a parse error (RPC-3). */
export const MAX_LINE = 1 << 20;
/** Calls under way at once; more wait unread. */
const MAX_CALLS = 64;
/** A reader that lets so much pile up is cut off: it can come back and ask for the history. */
const MAX_UNREAD = 16 << 20;

/** What there is to know about a peer while it is served. */
export interface ServedPeer {
  /** Requests not answered yet. */
  calls: number;
  /** Resolves when the input has ended and every answer is written, or the output is gone. */
  readonly ended: Promise<void>;
}

/** Speaks JSON-RPC 2.0 with one peer, one object a line; the engine's events go out as notifications `event`. */
export function servePeer(engine: Omit<EngineHandle, 'close'>, readable: Readable, writable: Writable): ServedPeer {
  let inputEnded = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const peer = { calls: 0, ended: promise };

  const write = (message: unknown): void => {
    if (!writable.writable) return;
    writable.write(`${JSON.stringify(message)}\n`);
    if (writable.writableLength > MAX_UNREAD) writable.destroy();
  };
  const unsubscribe = engine.on((event) => write({ jsonrpc: '2.0', method: 'event', params: event }));
  const end = (): void => {
    unsubscribe();
    resolve();
  };
  const endWhenAnswered = (): void => {
    if (inputEnded && peer.calls === 0) end();
  };
  const answer = async (line: string): Promise<void> => {
    const response = await answerLine(engine, line);
    if (response !== null) write(response);
    peer.calls--;
    if (peer.calls < MAX_CALLS) readable.resume();
    endWhenAnswered();
  };

  writable.on('error', end);
  writable.on('close', end);
  readLines(readable, MAX_LINE, {
    onLine(line) {
      peer.calls++;
      if (peer.calls >= MAX_CALLS) readable.pause();
      void answer(line);
    },
    onBadLine() {
      write(failure(null, RPC_ERRORS.parse, `Parse error: a line is UTF-8 and at most ${MAX_LINE} bytes`));
    },
    onEnd() {
      inputEnded = true;
      endWhenAnswered();
    },
  });
  return peer;
}

/** As serveRpc() of index.ts. */
export async function serveRpc(
  engine: Omit<EngineHandle, 'close'>,
  readable: Readable,
  writable: Writable,
): Promise<void> {
  await servePeer(engine, readable, writable).ended;
  // What was written before is out, or lost, when this is called back.
  if (writable.writable) await new Promise<void>((resolve) => writable.write('', () => resolve()));
}
