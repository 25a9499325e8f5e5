import { execFile } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgres } from '@sotto/node/testing';
import type { Machine } from './bench-report.ts';

const run = promisify(execFile);

export function describeMachine(): Machine {
  const description = [
    `${cpus().length} x ${cpus()[0]?.model ?? '?'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    process.platform,
  ].join(', ');
  return { description, load: Math.round(loadavg()[0]! * 10) / 10 };
}

/** Node and the programs beside it that are installed, each with its version. */
export async function describeProgrammes(): Promise<string[]> {
  const postgres = findPostgres();
  const found = await Promise.all([
    versionOf('PostgreSQL', postgres === null ? null : join(postgres, 'postgres'), ['--version']),
    versionOf('Redis', 'redis-server', ['--version']),
    versionOf('Mosquitto', 'mosquitto', ['-h']),
    versionOf('ejabberd', 'dpkg-query', ['-W', '-f', '${Version}', 'ejabberd']),
  ]);
  return [`Node ${process.versions.node}`, ...found.filter((text) => text !== null)];
}

async function versionOf(name: string, program: string | null, args: readonly string[]): Promise<string | null> {
  if (program === null) return null;
  // Mosquitto shows its version in a help that it calls a failure.
  const text = await run(program, args).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  const version = /\d+\.\d+(\.\d+)?/.exec(text)?.[0];
  return version === undefined ? null : `${name} ${version}`;
}
