import type { EngineHandle, Whoami } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { safeLine } from '../text/safe-text.ts';
import { withCommand } from '../text/with-command.ts';
import type { CommandContext } from './command-context.ts';
import { FIRST_CONNECTION_MS, untilConnected } from './until-connected.ts';
import { checkWebClient } from './web-check.ts';

/** `sotto whoami` */
export async function whoami(_options: object, { session, print }: CommandContext): Promise<number> {
  const me = await knownSelf(await session());
  print(me, whoamiText(me));
  return EXIT.done;
}

/** A new profile learns its node's identity, and so its invite link, with the first connection. */
export async function knownSelf(engine: EngineHandle): Promise<Whoami> {
  const me = await engine.whoami({});
  if (me.invite !== '') return me;
  await untilConnected(engine, FIRST_CONNECTION_MS);
  return await engine.whoami({});
}

export function whoamiText({ name, address, device, node, token, invite, homes, attached }: Whoami): string {
  return [
    `name     ${safeLine(name)}`,
    `address  ${address}`,
    `device   ${device}`,
    `node     ${node}`,
    ...(homes === undefined ? [] : [`homes    ${homes}, ${attachedText(attached)}`]),
    `token    ${token}`,
    `invite   ${invite === '' ? '(known once the node was reached)' : invite}`,
  ].join('\n');
}

const attachedText = (attached: Whoami['attached']): string =>
  attached === undefined ? 'connected to none of them now' : `connected to ${attached.node}`;

export interface DoctorOptions {
  readonly repair?: true;
}

/** `sotto doctor`: 1 when something needs attention. */
export async function doctor(
  partner: string | undefined,
  options: DoctorOptions,
  { session, print, installedWeb }: CommandContext,
): Promise<number> {
  const engine = await session();
  await untilConnected(engine, FIRST_CONNECTION_MS);
  if (options.repair === true) {
    const answer = await engine.repair(partner === undefined ? {} : { conversation: partner });
    const devices = answer.restarted === 1 ? '1 device' : `${answer.restarted} devices`;
    print(answer, `repair  Fresh sessions with ${devices}; what could not be opened is asked for again.`);
  }
  const { checks } = await engine.doctor({});
  const webClient = await checkWebClient((await engine.whoami({})).node, installedWeb);
  if (webClient !== null) checks.push(webClient);
  for (const check of checks) {
    const advice = check.advice === undefined ? '' : `\n       ${withCommand(check.advice)}`;
    print(check, `${check.ok ? 'ok  ' : 'look'}   ${check.name}: ${check.found}${advice}`);
  }
  return checks.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
}
