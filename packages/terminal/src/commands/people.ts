import type { Contact, ContactStatus } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { safeLine } from '../text/safe-text.ts';
import { connectionWords, FIRST_CONNECTION_MS, untilConnected } from './until-connected.ts';
import type { CommandContext } from './command-context.ts';

/** `sotto add` */
export async function add(
  to: string,
  { name }: { name?: string },
  { session, print }: CommandContext,
): Promise<number> {
  const engine = await session();
  const contact = await engine.add({ to, ...(name === undefined ? {} : { name }) });
  print(contact, contactText(contact));
  return EXIT.done;
}

export interface ContactsOptions {
  readonly requests?: boolean;
  readonly accept?: string;
  readonly block?: string;
  readonly unblock?: string;
  readonly remove?: string;
}

/** `sotto contacts`: lists, or changes the one that is named. */
export async function contacts(options: ContactsOptions, { session, print, tell }: CommandContext): Promise<number> {
  const engine = await session();
  const changes: readonly (readonly [string | undefined, ContactStatus])[] = [
    [options.accept, 'accepted'],
    [options.block, 'blocked'],
    [options.unblock, 'accepted'],
  ];
  const all = await engine.contacts({});
  const addressOf = (who: string): string =>
    all.find(({ address, name, token }) => address === who || name === who || token === who)?.address ?? who;
  for (const [who, status] of changes) {
    if (who === undefined) continue;
    const contact = await engine.updateContact({ address: addressOf(who), status });
    print(contact, contactText(contact));
  }
  const { remove } = options;
  if (remove !== undefined) {
    await engine.removeContact({ address: addressOf(remove) });
    tell(`${safeLine(remove)} is removed here and on your other devices, with all that was said.`);
  }
  if (remove !== undefined || changes.some(([who]) => who !== undefined)) {
    // The other side hears that it may write, the node that it may not: now, not with some later command.
    const connection = await untilConnected(engine, FIRST_CONNECTION_MS);
    if (connection.state !== 'online')
      tell(`It is done here, and told when the node is reached. ${connectionWords(connection)}`);
    return EXIT.done;
  }
  const shown = all.filter(({ status }) => (options.requests === true ? status === 'request' : true));
  for (const contact of shown) print(contact, contactText(contact));
  if (shown.length === 0) tell(options.requests === true ? 'No requests.' : 'No contacts yet: sotto add ADDRESS|LINK');
  return EXIT.done;
}

function contactText({ name, address, status, verified, unread }: Contact): string {
  const facts = [status === 'accepted' ? (verified ? 'verified' : '') : status, unread > 0 ? `${unread} unread` : ''];
  const told = facts.filter((fact) => fact !== '').join(', ');
  return `${safeLine(name)}  ${address}${told === '' ? '' : `  (${told})`}`;
}
