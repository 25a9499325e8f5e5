import type { Whoami } from '@sotto/engine';
import { EXIT } from '../exit-status.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandContext } from './command-context.ts';

/** `sotto whoami` */
export async function whoami(_options: object, { session, print }: CommandContext): Promise<number> {
  const me = await (await session()).whoami({});
  print(me, whoamiText(me));
  return EXIT.done;
}

export function whoamiText({ name, address, device, node, token, invite }: Whoami): string {
  return [
    `name     ${safeLine(name)}`,
    `address  ${address}`,
    `device   ${device}`,
    `node     ${node}`,
    `token    ${token}`,
    `invite   ${invite}`,
  ].join('\n');
}

/** `sotto doctor`: 1 when something needs attention. */
export async function doctor(_options: object, { session, print }: CommandContext): Promise<number> {
  const { checks } = await (await session()).doctor({});
  for (const check of checks) {
    const advice = check.advice === undefined ? '' : `\n       ${check.advice}`;
    print(check, `${check.ok ? 'ok  ' : 'look'}   ${check.name}: ${check.found}${advice}`);
  }
  return checks.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
}
