import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../../../api.ts';
import type { EngineEvent, EngineHandle, Message } from '../../../../api.ts';
import type { SqlRow } from '../../../../ports.ts';
import type { Profile } from '../../profile.ts';

const noAnswer = (): Promise<never> => Promise.reject(new EngineError('failed', 'not part of this engine'));

/**
 * An engine as far as the local socket can tell: messages in the profile's own database, so that the next owner
 * finds them; a text `slow 300` is stored at once and answered after 300 ms. Throws when another one runs.
 */
export function openFakeEngine(profile: Profile): EngineHandle {
  const { store } = profile.platform;
  const listeners = new Set<(event: EngineEvent) => void>();
  const mark = profile.directory === null ? null : join(profile.directory, 'running');
  if (mark !== null) {
    if (existsSync(mark) && isAlive(Number(readFileSync(mark, 'utf8')))) throw new Error('two engines at once');
    writeFileSync(mark, String(process.pid));
  }
  store.run(
    'CREATE TABLE IF NOT EXISTS message (position INTEGER PRIMARY KEY, id TEXT UNIQUE, text TEXT, owner INTEGER)',
  );
  let closed = false;

  const find = (id: string): Message | null => {
    const row = store.get('SELECT * FROM message WHERE id = ?', id);
    return row === undefined ? null : toMessage(row);
  };

  return {
    whoami: () =>
      Promise.resolve({
        address: 'did:key:fake',
        device: 1,
        name: String(process.pid),
        color: 0,
        node: 'ws://127.0.0.1:8080',
        token: '',
        invite: '',
        listed: false,
        readReceipts: true,
        typing: true,
      }),
    async send(params) {
      const id = params.id ?? crypto.randomUUID().replaceAll('-', '');
      if (params.to === 'nobody') throw new EngineError('unknown-contact', 'There is nobody of that name', false);
      if (params.to === 'crash') throw new Error('secret inside');
      if (find(id) === null) {
        store.run('INSERT INTO message (id, text, owner) VALUES (?, ?, ?)', id, params.text, process.pid);
        const message = find(id);
        if (message !== null) for (const listener of listeners) listener({ type: 'message', message });
      }
      const slow = /^slow (\d+)/.exec(params.text);
      if (slow !== null) await sleep(Number(slow[1]));
      if (closed) throw new EngineError('closed', 'The engine was closed', true);
      return find(id) ?? (await noAnswer());
    },
    history(params) {
      const limit = params.limit ?? 50;
      const rows =
        params.after === undefined
          ? store.all('SELECT * FROM message ORDER BY position DESC LIMIT ?', limit).reverse()
          : store.all('SELECT * FROM message WHERE position > ? ORDER BY position LIMIT ?', params.after, limit);
      return Promise.resolve({ messages: rows.map(toMessage), more: rows.length === limit });
    },
    typing(params) {
      for (const listener of listeners) listener({ type: 'typing', address: params.to, active: params.active });
      return Promise.resolve({});
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      if (mark !== null) rmSync(mark, { force: true });
      return Promise.resolve();
    },
    connection: noAnswer,
    setProfile: noAnswer,
    add: noAnswer,
    describe: noAnswer,
    contacts: () => Promise.resolve([]),
    updateContact: noAnswer,
    removeContact: noAnswer,
    safetyNumber: noAnswer,
    saveDraft: noAnswer,
    drafts: noAnswer,
    resend: noAnswer,
    edit: noAnswer,
    delete: noAnswer,
    hide: noAnswer,
    react: noAnswer,
    setTimer: noAnswer,
    search: noAnswer,
    markRead: noAnswer,
    present: noAnswer,
    say: noAnswer,
    repair: noAnswer,
    devices: noAnswer,
    describeLink: noAnswer,
    approveLink: noAnswer,
    renameDevice: noAnswer,
    revokeDevice: noAnswer,
    cancelHistory: noAnswer,
    doctor: noAnswer,
  };
}

function toMessage(row: SqlRow): Message {
  return {
    id: String(row['id']),
    conversation: 'did:key:fake',
    from: 'did:key:fake',
    name: String(row['owner']),
    outgoing: true,
    sentAt: 0,
    receivedAt: 0,
    content: { text: String(row['text']) },
    state: 'stored',
    storedOn: 1,
    position: Number(row['position']),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
