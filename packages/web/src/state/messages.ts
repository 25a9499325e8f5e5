/** The messages of one conversation as a screen needs them: a stretch that grows at both ends, kept true by events. */
import type { EngineEvent, EngineHandle, Message } from '@sotto/engine/api';
import {
  EMPTY_WINDOW,
  messageAt,
  trimmed,
  withMessages,
  withNewer,
  withOlder,
  withoutPosition,
} from './message-window.ts';
import type { MessageWindow } from './message-window.ts';
import { soon } from './soon.ts';

const PAGE = 80;
/** Around a message that is jumped to. */
const HALF_PAGE = 40;
/** The engine gives no more at once. */
const MAX_PAGE = 1000;

export interface MessagesState extends MessageWindow {
  readonly status: 'loading' | 'ready' | 'failed';
  /** Position of the first message that was unread when the conversation was opened; null: all were read. */
  readonly firstUnread: number | null;
  /** The last change was at the beginning: who shows the list keeps the place counted from its end. */
  readonly grewAtStart: boolean;
  /** Counts stretches that have nothing to do with the one before: the list begins anew. */
  readonly stretch: number;
}

/** @param later runs a function soon, at most once a frame: thousands of events make few new states */
export class Messages {
  readonly #engine: Pick<EngineHandle, 'history' | 'on'>;
  readonly #conversation: string;
  readonly #later: (run: () => void) => void;
  readonly #listeners = new Set<() => void>();
  readonly #stopEvents: () => void;
  #state: MessagesState = {
    ...EMPTY_WINDOW,
    status: 'loading',
    firstUnread: null,
    grewAtStart: false,
    stretch: 0,
  };
  #pending: EngineEvent[] = [];
  #isPlanned = false;
  #loading: 'older' | 'newer' | 'all' | null = null;
  /** Of the newest load of everything; what an older one brings is of no use any more. */
  #generation = 0;

  constructor(
    engine: Pick<EngineHandle, 'history' | 'on'>,
    conversation: string,
    later: (run: () => void) => void = soon,
  ) {
    this.#engine = engine;
    this.#conversation = conversation;
    this.#later = later;
    this.#stopEvents = engine.on((event) => this.#heard(event));
  }

  get state(): MessagesState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#generation++;
    this.#stopEvents();
    this.#listeners.clear();
    this.#pending = [];
  }

  /** The newest messages, or those around the first unread one. @param unread how many are unread */
  async open(unread: number): Promise<void> {
    await this.#replace(async () => {
      const conversation = this.#conversation;
      const page = await this.#engine.history({ conversation, limit: Math.min(MAX_PAGE, PAGE + unread) });
      const firstUnread = unread > 0 ? (page.firstUnread ?? null) : null;
      const first = page.messages[0]?.position ?? 0;
      const newest = { messages: page.messages, hasOlder: page.more, hasNewer: false };
      const window = firstUnread !== null && firstUnread < first ? await this.#around(firstUnread) : newest;
      return { ...window, firstUnread };
    });
  }

  /** Brings the stretch around a message. @returns whether it is there */
  async reach(position: number): Promise<boolean> {
    if (messageAt(this.#state.messages, position) !== null) return true;
    await this.#replace(() => this.#around(position));
    return messageAt(this.#state.messages, position) !== null;
  }

  async reachNewest(): Promise<void> {
    if (!this.#state.hasNewer && this.#state.status === 'ready') return;
    await this.#replace(() => this.#newest());
  }

  async loadOlder(): Promise<void> {
    const before = this.#state.messages[0]?.position;
    if (this.#loading !== null || !this.#state.hasOlder || before === undefined) return;
    await this.#extend('older', async () => {
      const page = await this.#engine.history({ conversation: this.#conversation, before, limit: PAGE });
      return (window) => withOlder(window, page.messages, page.more);
    });
  }

  async loadNewer(): Promise<void> {
    const after = this.#state.messages.at(-1)?.position;
    if (this.#loading !== null || !this.#state.hasNewer || after === undefined) return;
    await this.#extend('newer', async () => {
      const page = await this.#engine.history({ conversation: this.#conversation, after, limit: PAGE });
      return (window) => withNewer(window, page.messages, page.more);
    });
  }

  /** The unread line goes when the person has answered or left. */
  forgetUnread(): void {
    if (this.#state.firstUnread !== null) this.#set({ firstUnread: null });
  }

  /** The unread line begins here: it arrived while nobody looked. */
  beginUnread(position: number): void {
    this.#set({ firstUnread: position });
  }

  /** Puts in what a call answered, before its event comes. */
  noteMessage(message: Message): void {
    this.#heard({ type: 'changed', message });
  }

  async #newest(): Promise<MessageWindow> {
    const page = await this.#engine.history({ conversation: this.#conversation, limit: PAGE });
    return { messages: page.messages, hasOlder: page.more, hasNewer: false };
  }

  async #around(position: number): Promise<MessageWindow> {
    const conversation = this.#conversation;
    const [older, newer] = await Promise.all([
      this.#engine.history({ conversation, before: position, limit: HALF_PAGE }),
      this.#engine.history({ conversation, after: position - 1, limit: PAGE }),
    ]);
    return { messages: [...older.messages, ...newer.messages], hasOlder: older.more, hasNewer: newer.more };
  }

  async #replace(load: () => Promise<MessageWindow & { firstUnread?: number | null }>): Promise<void> {
    const generation = ++this.#generation;
    this.#loading = 'all';
    try {
      const window = await load();
      if (generation !== this.#generation) return;
      this.#loading = null;
      this.#set({ ...window, status: 'ready', grewAtStart: false, stretch: this.#state.stretch + 1 });
      // What was told meanwhile: most of it is in the answer already, and is the same.
      this.#flush();
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#loading = null;
      this.#set({ status: 'failed' });
      throw error;
    }
  }

  async #extend(end: 'older' | 'newer', load: () => Promise<(window: MessageWindow) => MessageWindow>): Promise<void> {
    const generation = this.#generation;
    this.#loading = end;
    try {
      const grow = await load();
      if (generation !== this.#generation) return;
      this.#flush();
      this.#set({ ...grow(this.#state), grewAtStart: end === 'older' });
      // In a step of its own: the list counts from one end at a time.
      this.#later(() => {
        if (generation === this.#generation) this.#trim(end);
      });
    } finally {
      if (generation === this.#generation) this.#loading = null;
    }
  }

  #trim(keep: 'older' | 'newer'): void {
    const window = trimmed(this.#state, keep);
    if (window !== this.#state) this.#set({ ...window, grewAtStart: keep === 'newer' });
  }

  #heard(event: EngineEvent): void {
    if (event.type === 'resumed') return void this.#refresh();
    const isOurs =
      event.type === 'message' || event.type === 'changed'
        ? event.message.conversation === this.#conversation
        : event.type === 'removed' && event.conversation === this.#conversation;
    if (!isOurs) return;
    this.#pending.push(event);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#later(() => {
      this.#isPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    // Until the answer is here there is nothing to put them in, and it will have them.
    if (this.#pending.length === 0 || this.#state.status !== 'ready' || this.#loading === 'all') return;
    let window: MessageWindow = this.#state;
    let news: Message[] = [];
    for (const event of this.#pending) {
      if (event.type === 'message' || event.type === 'changed') {
        news.push(event.message);
      } else if (event.type === 'removed') {
        window = withoutPosition(withMessages(window, news), event.position);
        news = [];
      }
    }
    this.#pending = [];
    this.#set({ ...withMessages(window, news), grewAtStart: false });
  }

  /** Another process or tab runs the engine now: reads again what is held. */
  async #refresh(): Promise<void> {
    const { messages, hasNewer, status } = this.#state;
    const first = messages[0]?.position;
    if (status !== 'ready' || this.#loading === 'all') return;
    this.#flush();
    const generation = ++this.#generation;
    this.#loading = null;
    const conversation = this.#conversation;
    const limit = Math.min(MAX_PAGE, Math.max(PAGE, messages.length + PAGE));
    try {
      const page = await (first === undefined || !hasNewer
        ? this.#engine.history({ conversation, limit })
        : this.#engine.history({ conversation, after: first - 1, limit }));
      if (generation !== this.#generation) return;
      const isNewest = first === undefined || !hasNewer;
      const more = { hasOlder: isNewest ? page.more : this.#state.hasOlder, hasNewer: isNewest ? false : page.more };
      this.#set({ messages: page.messages, ...more, grewAtStart: isNewest });
      this.#flush();
    } catch {
      // The next `resumed`, or the next page, tells the truth again; what is shown stays.
    }
  }

  #set(change: Partial<MessagesState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
