import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MeasuredServer, onCore, SERVER_CORE } from '../measure.ts';
import { usageOfTree } from './process-usage.ts';

export interface PeerOptions {
  readonly command: readonly string[];
  readonly port: number;
  readonly env?: NodeJS.ProcessEnv;
}

const START_MS = 60_000;

/** Somebody else's server on the core of servers; ready when its port answers. */
export async function startPeer({ command, port, env }: PeerOptions): Promise<MeasuredServer> {
  const { program, args } = onCore(SERVER_CORE, command);
  const child = spawn(program, args, { stdio: 'ignore', ...(env && { env: { ...process.env, ...env } }) });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  await answers(port, child);
  return {
    ready: { port, nodeId: '', linkKey: '', network: '' },
    usage: async () => ({ ...(await usageOfTree(child.pid!)), state: null }),
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([gone, sleep(10_000, null, { ref: false })]);
      child.kill('SIGKILL');
    },
  };
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null || performance.now() > until)
      throw new Error('a server to compare with does not start');
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      setTimeout(() => socket.destroy(), 500).unref();
    });
    if (open) return;
    await sleep(100);
  }
}
