import { EngineError, type EngineEvent, type EngineHandle } from '@sotto/engine/api';
import { KeyReader, type Key } from '../screen/key-reader.ts';
import { EMPTY_DRAFT, draftOf, edit, textOf, type Draft } from '../screen/line-editor.ts';
import { Screen } from '../screen/screen.ts';
import type { Style } from '../screen/style.ts';
import type { Terminal } from '../screen/terminal.ts';
import { perform } from './chat-actions.ts';
import { afterEvent } from './chat-events.ts';
import * as chat from './chat-state.ts';
import { countdownMs } from './message-remarks.ts';
import { chatFrame, paneSize, scrollLimit } from './chat-view.ts';
import { parseCommand, type Command } from './commands.ts';
import { lineOf, welcome, withLine } from './lobby-page.ts';
import { greetingLines, inviteLines } from './greeting.ts';
import { MessageLines } from './message-lines.ts';
import { numberedFor } from './selection.ts';

/** What the chat needs of an engine; closing it is its owner's business. */
export type ChatEngine = Omit<EngineHandle, 'close'>;

const PAGE = 100;
const ESCAPE_PAUSE_MS = 40;
const TYPING_EVERY_MS = 3_000;
/** What a person wrote with these goes back into the draft when it could not be done. */
const SPOKEN: ReadonlySet<Command['kind']> = new Set(['say', 'reply', 'edit']);

/** The full-screen chat: keys and engine events in, frames out. */
export class ChatApp {
  readonly #engine: ChatEngine;
  readonly #terminal: Terminal;
  readonly #style: Style;
  readonly #screen: Screen;
  readonly #keys = new KeyReader();
  readonly #lines: MessageLines;
  #state: chat.ChatState;
  #drawing = false;
  #countdown: NodeJS.Timeout | undefined;
  #left = false;
  #loading = false;
  #typingSince = 0;
  #roomLines = 0;
  #welcomed = false;
  #leave: () => void = () => undefined;

  private constructor(engine: ChatEngine, terminal: Terminal, style: Style, state: chat.ChatState) {
    this.#engine = engine;
    this.#terminal = terminal;
    this.#style = style;
    this.#screen = new Screen(terminal);
    this.#state = state;
    this.#lines = new MessageLines(
      style,
      (message) => chat.contactOf(this.#state, message.from)?.color ?? 0,
      () => Date.now(),
    );
  }

  /** Shows the chat until the person leaves or `interrupted` resolves. */
  static async run(engine: ChatEngine, terminal: Terminal, style: Style, interrupted: Promise<void>): Promise<void> {
    const [me, connection, contacts] = await Promise.all([
      engine.whoami({}),
      engine.connection({}),
      engine.contacts({}),
    ]);
    const app = new ChatApp(engine, terminal, style, chat.startState(me, connection, contacts));
    await app.#run(interrupted);
  }

  async #run(interrupted: Promise<void>): Promise<void> {
    const left = new Promise<void>((resolve) => (this.#leave = resolve));
    const off = this.#engine.on((event) => this.#onEvent(event));
    this.#screen.open();
    this.#terminal.start(
      (chunk) => this.#onInput(chunk),
      () => {
        this.#screen.invalidate();
        this.#draw();
      },
    );
    try {
      this.#greet();
      const newest = this.#state.contacts.find(({ status }) => status === 'accepted');
      if (newest !== undefined && newest.lastAt > 0) await this.#open(newest.address);
      this.#draw();
      await Promise.race([left, interrupted]);
    } finally {
      this.#left = true;
      clearTimeout(this.#countdown);
      off();
      this.#terminal.stop();
      this.#screen.close();
    }
  }

  #greet(): void {
    for (const line of greetingLines(this.#state.me)) this.#notice(line, false, chat.START);
    this.#welcome();
  }

  /** Of a private room, known to be one when its node has answered. */
  #welcome(): void {
    const { state, room } = this.#state.connection;
    if (this.#welcomed || room !== true || state !== 'online') return;
    this.#welcomed = true;
    const told = welcome({ engine: this.#engine, state: () => this.#state });
    this.#later(told.then((notices) => notices.forEach((notice) => this.#notice(notice, false, chat.START))));
  }

  /** A new profile learns its link with its first connection. */
  async #learnInvite(): Promise<void> {
    this.#state = { ...this.#state, me: await this.#engine.whoami({}) };
    if (this.#state.me.invite === '') return;
    for (const line of inviteLines(this.#state.me)) this.#notice(line, false, chat.START);
  }

  #onInput(chunk: Uint8Array): void {
    for (const key of this.#keys.read(chunk)) this.#onKey(key);
    if (this.#keys.unfinished) {
      setTimeout(() => {
        for (const key of this.#keys.flush()) this.#onKey(key);
        this.#draw();
      }, ESCAPE_PAUSE_MS);
    }
    this.#draw();
  }

  #onKey(key: Key): void {
    if ('name' in key && this.#command(key.name)) return;
    const changed = edit(this.#draft, key);
    if (changed === null) return;
    this.#setDraft(changed);
    this.#tellTyping();
  }

  /** Keys that are not for the draft; false when this one is. */
  #command(key: string): boolean {
    const rows = this.#pane.rows - 1;
    switch (key) {
      case 'enter':
        return this.#submit();
      case 'up':
        return this.#scroll(1);
      case 'down':
        return this.#scroll(-1);
      case 'page-up':
        return this.#scroll(rows);
      case 'page-down':
        return this.#scroll(-rows);
      case 'tab':
      case 'next':
        return this.#step(1);
      case 'shift-tab':
      case 'previous':
        return this.#step(-1);
      case 'reply':
        return this.#begin(`/reply ${textOf(this.#draft)}`);
      case 'edit-last':
        if (this.#draft.characters.length > 0) return true;
        this.#setDraft(draftOf('/edit'));
        return this.#submit();
      case 'escape':
        return this.#later(this.#open(chat.START));
      case 'redraw':
        this.#screen.invalidate();
        return true;
      case 'interrupt':
        if (this.#draft.characters.length > 0) this.#setDraft(EMPTY_DRAFT);
        else this.#leave();
        return true;
      case 'end-of-input':
        if (this.#draft.characters.length === 0) this.#leave();
        return true;
      default:
        return false;
    }
  }

  #begin(command: string): boolean {
    if (this.#state.open !== chat.START && !textOf(this.#draft).startsWith('/')) this.#setDraft(draftOf(command));
    return true;
  }

  #submit(): boolean {
    const line = textOf(this.#draft);
    if (line.trim() === '') return true;
    const { numbered } = chat.conversationOf(this.#state);
    this.#setDraft(EMPTY_DRAFT);
    this.#typingSince = 0;
    const at = this.#state.open;
    const command = parseCommand(line);
    return this.#later(
      perform(command, {
        engine: this.#engine,
        state: () => this.#state,
        openConversation: (address) => this.#open(address),
        say: (text, urgent = false) => this.#notice(text, urgent),
        setMe: async () => {
          this.#state = { ...this.#state, me: await this.#engine.whoami({}) };
        },
        leave: () => this.#leave(),
        setDraft: (text) => this.#setDraft(draftOf(text)),
        numbered,
      }).catch((error: unknown) => {
        // What could not be sent goes back into the draft: nothing a person wrote is lost.
        if (SPOKEN.has(command.kind) && chat.conversationOf(this.#state, at).draft.characters.length === 0) {
          this.#state = chat.withConversation(this.#state, at, { draft: draftOf(line) });
        }
        throw error;
      }),
    );
  }

  /** Runs on; a failure becomes a notice. */
  #later(work: Promise<void>): boolean {
    work
      .catch((error: unknown) => {
        this.#notice(error instanceof EngineError ? error.message : `This failed: ${String(error)}`, true);
      })
      .finally(() => this.#drawSoon());
    return true;
  }

  #scroll(rows: number): boolean {
    const { scroll, more } = chat.conversationOf(this.#state);
    const most = scrollLimit(this.#state, this.#pane, this.#lines, scroll + rows);
    const next = Math.max(0, Math.min(most, scroll + rows));
    this.#change({ scroll: next, ...(next === 0 ? { unseen: 0 } : {}) });
    if (next === most && rows > 0 && more && this.#state.open !== chat.START)
      this.#later(this.#loadOlder(this.#state.open));
    if (next === 0) this.#markRead();
    return true;
  }

  #step(by: number): boolean {
    const all = [
      chat.START,
      ...this.#state.contacts.filter(({ status }) => status !== 'blocked').map((c) => c.address),
    ];
    const at = all.indexOf(this.#state.open);
    return this.#later(this.#open(all.at((at + by) % all.length) ?? chat.START));
  }

  async #open(address: string): Promise<void> {
    if (address !== chat.START && chat.contactOf(this.#state, address) === undefined) {
      await this.#refresh();
    }
    this.#state = { ...this.#state, open: address };
    if (address === chat.START) this.#change({ unseen: 0 });
    if (address !== chat.START && !chat.conversationOf(this.#state, address).loaded) await this.#loadOlder(address);
    this.#markRead();
    this.#drawSoon();
  }

  async #loadOlder(address: string): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      const before = chat.oldestPosition(this.#state, address);
      const page = { conversation: address, limit: PAGE, ...(before === undefined ? {} : { before }) };
      const { messages, more } = await this.#engine.history(page);
      this.#state = chat.withOlder(this.#state, address, messages, more);
    } finally {
      this.#loading = false;
    }
  }

  #onEvent(event: EngineEvent): void {
    switch (event.type) {
      case 'changed':
      case 'removed':
      case 'contact':
      case 'contact-removed':
      case 'typing':
        this.#state = afterEvent(this.#state, event);
        break;
      case 'message': {
        const rows = this.#lines.of(event.message, this.#pane.columns).length;
        this.#state = chat.withMessage(this.#state, event.message, rows);
        if (event.message.conversation === this.#state.open && !event.message.outgoing) this.#markRead();
        break;
      }
      case 'connection':
        this.#state = { ...this.#state, connection: event.connection };
        if (event.connection.state === 'online' && this.#state.me.invite === '') this.#later(this.#learnInvite());
        this.#welcome();
        break;
      case 'room': {
        const line = lineOf(event, this.#state.me.address, this.#roomLines++);
        this.#state = withLine(this.#state, line, this.#lines.of(line, this.#pane.columns).length);
        break;
      }
      case 'presence': {
        const { peer, joined } = event;
        const pages = peer.address === this.#state.open ? [chat.START, peer.address] : [chat.START];
        const notice = `${peer.name} ${joined ? 'is here' : 'has left'} (${peer.token})`;
        for (const page of pages) this.#notice(notice, false, page);
        break;
      }
      case 'announcement':
        this.#notice(`The node's operator says${event.personal ? ' to you' : ''}: ${event.text}`, true);
        break;
      case 'link':
        if (event.done >= event.total) this.#notice('The history is complete on the device that joined.');
        break;
      case 'resumed':
        this.#later(this.#readAgain());
        break;
      case 'notice':
        this.#notice(event.text, true, event.address);
        break;
    }
    this.#drawSoon();
  }

  /** Another process runs the engine now: what it says counts. */
  async #readAgain(): Promise<void> {
    await this.#refresh();
    this.#state = chat.withoutHistory(this.#state);
    if (this.#state.open !== chat.START) await this.#loadOlder(this.#state.open);
  }

  async #refresh(): Promise<void> {
    const [connection, contacts] = await Promise.all([this.#engine.connection({}), this.#engine.contacts({})]);
    this.#state = { ...this.#state, connection };
    for (const contact of contacts) this.#state = chat.withContact(this.#state, contact);
  }

  /** Only what is on the screen counts as read. */
  #markRead(): void {
    const { open } = this.#state;
    const upTo = chat.newestIncoming(this.#state, open);
    const unread = chat.contactOf(this.#state, open)?.unread ?? 0;
    if (open === chat.START || upTo === 0 || unread === 0 || chat.conversationOf(this.#state).scroll > 0) return;
    this.#later(this.#engine.markRead({ conversation: open, upTo }).then(() => undefined));
  }

  #tellTyping(): void {
    const { open } = this.#state;
    const text = textOf(this.#draft);
    if (open === chat.START || text === '' || text.startsWith('/')) return;
    // Nobody else need know that one is leaving.
    if ('exit'.startsWith(text) || 'quit'.startsWith(text)) return;
    if (Date.now() - this.#typingSince < TYPING_EVERY_MS) return;
    this.#typingSince = Date.now();
    // A typing notice that cannot be sent is not worth a word.
    this.#engine.typing({ to: open, active: true }).catch(() => undefined);
  }

  #notice(notice: string, urgent = false, address = this.#state.open): void {
    this.#state = chat.withNotice(this.#state, { notice, at: Date.now(), urgent }, address);
  }

  get #draft(): Draft {
    return chat.conversationOf(this.#state).draft;
  }

  #setDraft(draft: Draft): void {
    this.#change({ draft, numbered: numberedFor(draft, chat.conversationOf(this.#state)) });
  }

  #change(change: Partial<chat.Conversation>): void {
    this.#state = chat.withConversation(this.#state, this.#state.open, change);
  }

  get #pane(): { columns: number; rows: number } {
    return paneSize(this.#terminal.size(), this.#draft);
  }

  /** Events that arrive together make one frame. */
  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    setImmediate(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw(): void {
    this.#screen.draw(chatFrame(this.#state, this.#terminal.size(), this.#lines, this.#style));
    this.#drawAgain();
  }

  /** While something on the page disappears, it says how long it still is. */
  #drawAgain(): void {
    clearTimeout(this.#countdown);
    const waitMs = countdownMs(chat.conversationOf(this.#state).entries, Date.now());
    if (waitMs !== null && !this.#left) this.#countdown = setTimeout(() => this.#draw(), waitMs);
  }
}
