import { connect } from 'node:net';
import { z } from 'zod';
import { codeOf } from '../file-error.ts';

const answer = z.union([
  z.object({ progress: z.unknown() }),
  z.object({ ok: z.unknown() }),
  z.object({ error: z.string() }),
]);

/** Why a running node did not do what it was asked. The text is a sentence without its full stop. */
export class ControlError extends Error {
  readonly code: 'not-running' | 'refused';
  constructor(code: 'not-running' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ControlError';
    this.code = code;
  }
}

/** Asks the node that runs with this data directory. @throws ControlError */
export function askNode(
  address: string,
  command: 'status' | 'invite' | 'leave',
  onProgress: (progress: unknown) => void = () => {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${command}\n`));
    socket.on('error', (cause) => {
      const none = ['ENOENT', 'ECONNREFUSED'].includes(codeOf(cause));
      reject(
        new ControlError(
          none ? 'not-running' : 'refused',
          none ? 'no node runs there' : `no answer: ${codeOf(cause)}`,
          {
            cause,
          },
        ),
      );
    });
    socket.on('close', () => reject(new ControlError('refused', 'the node ended before it answered')));
    socket.on('data', (data: string) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const said = answer.parse(JSON.parse(line));
        if ('progress' in said) onProgress(said.progress);
        else if ('error' in said) reject(new ControlError('refused', said.error));
        else resolve(said.ok);
      }
    });
  });
}
