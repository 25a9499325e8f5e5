import type { Device } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandContext } from './command-context.ts';
import { readPhrase } from './init.ts';

export interface DevicesOptions {
  readonly rename?: number;
  readonly name?: string;
  readonly revoke?: number;
  readonly phraseFile?: string;
  /** Number of the new device. */
  readonly cancelHistory?: number;
}

/** `sotto devices`: lists, or changes the one that is named. */
export async function devices(options: DevicesOptions, { session, print, tell }: CommandContext): Promise<number> {
  const { rename, name, revoke, phraseFile, cancelHistory } = options;
  const engine = await session();
  if (rename !== undefined) {
    const device = await engine.renameDevice({ device: rename, name: name ?? '' });
    print(device, deviceText(device));
    return EXIT.done;
  }
  if (cancelHistory !== undefined) {
    const { cancelled } = await engine.cancelHistory({ device: cancelHistory });
    print({ cancelled }, cancelled === 0 ? 'Nothing was on its way.' : `${cancelled} parts of the history stay here.`);
    return EXIT.done;
  }
  const phrase = phraseFile === undefined ? {} : { phrase: readPhrase(phraseFile) };
  const known =
    revoke === undefined ? await engine.devices({}) : await engine.revokeDevice({ device: revoke, ...phrase });
  for (const device of known.devices) print(device, deviceText(device));
  if (revoke !== undefined) tell(`Device ${revoke} was removed: it gets nothing from the next message on.`);
  else if (!known.canApprove) tell('To link or remove devices: on the first device, or with --phrase-file.');
  return EXIT.done;
}

export function deviceText({ device, name, current, createdAt }: Device): string {
  const since = new Date(createdAt).toLocaleDateString();
  return `${String(device).padStart(3)}  ${safeLine(name) || '(no name)'}  since ${since}${current ? '  (this one)' : ''}`;
}
