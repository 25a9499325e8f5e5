import type { EngineHandle, Message } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandContext } from './command-context.ts';
import { messageJson, messageText } from './message-text.ts';
import { connectionStatus, connectionWords } from './until-connected.ts';

export interface RecvOptions {
  readonly follow?: boolean;
  readonly count?: number;
  /** Seconds. */
  readonly timeout?: number;
}

const PAGE = 200;

/**
 * `sotto recv`: prints unread messages and marks them read; then waits for more with --follow, --count or --timeout.
 * With --follow also what is edited, deleted, reacted to, what disappears, and what is said to all in a private room. Without those it ends once everything that waited at the node has come, with 69 when the node was not reached.
 */
export async function recv(
  options: RecvOptions,
  { session, print, tell, interrupted }: CommandContext,
): Promise<number> {
  const engine = await session();
  const me = await engine.whoami({});
  const wanted = options.count ?? Infinity;
  const seen = new Set<string>();
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let marking: Promise<unknown> = Promise.resolve();
  let failure: unknown;

  const show = (message: Message): void => {
    if (
      message.outgoing ||
      message.request === true ||
      message.state === 'read' ||
      seen.has(message.id) ||
      seen.size >= wanted
    )
      return;
    seen.add(message.id);
    print(messageJson(message), messageText(message));
    const { conversation, position } = message;
    marking = marking
      .then(() => engine.markRead({ conversation, upTo: position }))
      .catch((error: unknown) => {
        failure = error;
        finish();
      });
    if (seen.size >= wanted) finish();
  };

  // Edits, deletions and reactions, each once.
  const changes = new Map<string, string>();
  const showChange = (message: Message): void => {
    const { id, content, editedAt, reactions } = message;
    const change = JSON.stringify([content, editedAt, reactions]);
    const isChange = editedAt !== undefined || reactions !== undefined || 'deleted' in content || changes.has(id);
    if (!isChange || changes.get(id) === change || message.request === true) return;
    changes.set(id, change);
    print({ changed: true, ...messageJson(message) }, `changed: ${messageText(message)}`);
  };

  const off = engine.on((event) => {
    if (event.type === 'message') show(event.message);
    else if (event.type === 'changed' && options.follow === true) showChange(event.message);
    else if (event.type === 'removed' && options.follow === true)
      print({ id: event.id, conversation: event.conversation, removed: true }, `(${event.id} disappeared)`);
    else if (event.type === 'room' && options.follow === true && event.from !== me.address)
      print(
        event,
        `${new Date(event.sentAt).toLocaleString()}  ${safeLine(event.name)} to all: ${safeLine(event.text)}`,
      );
    else if (event.type === 'connection' && isUpToDate(options) && event.connection.state !== 'connecting') finish();
  });
  const timer = options.timeout === undefined ? null : setTimeout(finish, options.timeout * 1_000);
  try {
    for (const message of await unread(engine)) show(message);
    if (isUpToDate(options) && (await engine.connection({})).state !== 'connecting') finish();
    await Promise.race([finished, interrupted]);
    await marking;
  } finally {
    off();
    if (timer !== null) clearTimeout(timer);
  }
  if (failure !== undefined) throw failure;
  const requests = (await engine.contacts({ status: 'request' })).length;
  if (requests > 0) {
    const who = requests === 1 ? 'Somebody wants' : `${requests} people want`;
    tell(`${who} to write to you: sotto contacts --requests`);
  }
  const missed = options.count !== undefined && seen.size < options.count;
  if (!missed && !isUpToDate(options)) return EXIT.done;
  const connection = await engine.connection({});
  if (connection.state === 'offline') {
    tell(connectionWords(connection));
    return connectionStatus(connection);
  }
  return missed ? EXIT.tryLater : EXIT.done;
}

/** Neither told to follow nor to wait: ends when what waited at the node is here. */
const isUpToDate = ({ follow, count, timeout }: RecvOptions): boolean =>
  follow !== true && count === undefined && timeout === undefined;

/** Unread messages of all contacts, in the order they came. */
async function unread(engine: EngineHandle): Promise<Message[]> {
  const found: Message[] = [];
  for (const contact of await engine.contacts({})) {
    let before: number | undefined;
    for (let left = contact.unread; left > 0 && contact.status === 'accepted';) {
      const page = { conversation: contact.address, limit: PAGE, ...(before === undefined ? {} : { before }) };
      const { messages, more } = await engine.history(page);
      const fresh = messages.filter((message) => !message.outgoing && message.state !== 'read');
      found.push(...fresh);
      left -= fresh.length;
      before = messages[0]?.position;
      if (!more || before === undefined) break;
    }
  }
  return found.toSorted((a, b) => a.position - b.position);
}
