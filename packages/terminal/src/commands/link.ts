import { hostname } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { LinkProgress } from '@sotto/engine';
import { EngineError, type EngineHandle } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { openLinkedEngine } from '../open-profile.ts';
import { qrLines } from '../screen/qr-lines.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandContext } from './command-context.ts';
import { deviceText } from './devices.ts';
import { readPhrase } from './init.ts';

export interface LinkCommandOptions {
  /** The code that the new device shows. */
  readonly approve?: string;
  readonly name?: string;
  /** False: `--no-history`. */
  readonly history: boolean;
  readonly phraseFile?: string;
  /** Without asking. */
  readonly yes?: boolean;
}

/** `sotto link`: this profile becomes a device of an account; with `--approve`, another one does. */
export function link(options: LinkCommandOptions, context: CommandContext): Promise<number> {
  return options.approve === undefined ? join(options, context) : approve(options.approve, options, context);
}

async function join({ name }: LinkCommandOptions, context: CommandContext): Promise<number> {
  const { options, print, tell, interrupted } = context;
  const abort = new AbortController();
  void interrupted.then(() => abort.abort());
  const { engine, linked } = await openLinkedEngine(options, {
    name: name ?? hostname().slice(0, 64),
    signal: abort.signal,
    onCode: (code, expires) => {
      tell('On a device of your account: sotto link --approve CODE, or /link CODE in the chat. The code is secret.\n');
      if (options.json !== true) process.stderr.write(`${qrLines(code, process.stderr).join('\n')}\n`);
      print({ code, expires }, code);
      tell(`\nIt holds until ${new Date(expires).toLocaleTimeString()}. Ctrl-C stops; nothing is kept then.`);
    },
    onProgress: (progress) => {
      if (options.json === true) print({ progress }, '');
      else tell(progressText(progress));
    },
  });
  try {
    const { address, device, name: account, archiveParts } = linked;
    print({ address, device, name: account }, `${safeLine(account)}  ${address}`);
    tell(`This is device ${device} of the account now.`);
    if (archiveParts > 0) await history(engine, archiveParts, context);
    return EXIT.done;
  } finally {
    await engine.close();
  }
}

function progressText(progress: LinkProgress): string {
  switch (progress.step) {
    case 'connecting':
      return progress.problem ?? 'Reaching the node …';
    case 'waiting':
      return 'Waiting for the other device …';
    case 'approved':
      return `A device of ${progress.address} has read the code …`;
    case 'contacts':
      return `Contacts: ${progress.done} of ${progress.total}`;
  }
}

/** Shown as it comes; it goes on by itself another time. */
async function history(
  engine: EngineHandle,
  parts: number,
  { options, print, tell, interrupted }: CommandContext,
): Promise<void> {
  const finished = Promise.withResolvers<void>();
  tell(`Recent history: 0 of ${parts} parts (Ctrl-C: the rest comes when Sotto runs again)`);
  const off = engine.on((event) => {
    if (event.type !== 'link') return;
    const { done, total } = event;
    if (options.json === true) print({ progress: { step: 'history', done, total } }, '');
    else tell(`Recent history: ${done} of ${total} parts`);
    if (done >= total) finished.resolve();
  });
  try {
    await Promise.race([finished.promise, interrupted]);
  } finally {
    off();
  }
}

async function approve(
  code: string,
  { name, history: withHistory, phraseFile, yes }: LinkCommandOptions,
  { session, print, tell, interrupted }: CommandContext,
): Promise<number> {
  const engine = await session();
  const { node } = await engine.describeLink({ code });
  tell(`A new device waits at ${node}. It will read and write everything in your name, from now on.`);
  tell('Approve it only when you hold it, or trust who does, and the code came straight from its screen.');
  if (yes !== true && !(await isSure())) throw new EngineError('closed', 'Nothing was changed.');
  const approved = engine.approveLink({
    code,
    history: withHistory,
    ...(name === undefined ? {} : { name }),
    ...(phraseFile === undefined ? {} : { phrase: readPhrase(phraseFile) }),
  });
  const stopped = interrupted.then(() => null);
  const device = await Promise.race([approved, stopped]);
  if (device === null) throw new EngineError('closed', 'Stopped. See which devices there are: sotto devices');
  print(device, deviceText(device));
  tell('It is a device of your account now. What you write and read on one is on the other.');
  if (withHistory) await sent(engine, device.device, tell, interrupted);
  return EXIT.done;
}

/** The history leaves as long as this runs, or the chat does. */
async function sent(
  engine: EngineHandle,
  device: number,
  tell: (text: string) => void,
  interrupted: Promise<void>,
): Promise<void> {
  const finished = Promise.withResolvers<void>();
  const off = engine.on((event) => {
    if (event.type !== 'link' || event.device !== device) return;
    tell(`Recent history: ${event.done} of ${event.total} parts are there`);
    if (event.done >= event.total) finished.resolve();
  });
  tell('Sending recent history (Ctrl-C: the rest leaves when Sotto runs again) …');
  const timer = setTimeout(finished.resolve, HISTORY_MS);
  try {
    await Promise.race([finished.promise, interrupted]);
  } finally {
    clearTimeout(timer);
    off();
  }
}

/** How long the approving command stays for the history. */
const HISTORY_MS = 60_000;

/** A script has said it by calling; a person is asked. */
async function isSure(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question('Make it a device of your account? (y/N) ')).trim());
  } finally {
    prompt.close();
  }
}
