import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { addressOf, history, inviteOf, People, stateOf, untilState } from './people.ts';
import './page-globals.ts';

let people: People;

beforeAll(async () => {
  people = await People.start();
});
afterEach(() => people.forget());
afterAll(() => people?.stop());

const PASSPHRASE = 'for the backup';

/** Ada, who has said `count` things to Bob. */
async function talker(count: number): Promise<Page> {
  const [ada, bob] = [await people.person('Ada'), await people.person('Bob', null)];
  const work = { to: await inviteOf(bob), count };
  await ada.evaluate(async ({ to, count }) => {
    for (let i = 0; i < count; i++) await session.client.engine.send({ to, text: `message ${i}` });
  }, work);
  return ada;
}

/** A backup, as bytes, and the phases and counts that were told. */
const backUp = (page: Page) =>
  page.evaluate(async (passphrase) => {
    const phases = new Set<string>();
    const { file, contacts, messages } = await session.client.writeBackup({
      passphrase,
      onProgress: ({ phase }) => phases.add(phase),
      signal: new AbortController().signal,
    });
    return { bytes: [...new Uint8Array(await file.arrayBuffer())], contacts, messages, phases: [...phases] };
  }, PASSPHRASE);

const restore = (page: Page, bytes: readonly number[], passphrase = PASSPHRASE) =>
  page.evaluate(
    async ({ bytes, passphrase }) => {
      const phases = new Set<string>();
      const request = {
        file: new Blob([Uint8Array.from(bytes)]),
        passphrase,
        revokeOthers: false,
        onProgress: ({ phase }: { phase: string }) => phases.add(phase),
        signal: new AbortController().signal,
      };
      const refused = await refusal(session.client.restore(request));
      return { refused, phases: [...phases] };
    },
    { bytes, passphrase },
  );

describe('backup and restore', () => {
  it('TAB-11: a backup is made while the engine sends on, from a tab that follows, and restored in another browser', async () => {
    const ada = await talker(10);
    const follower = await people.tab(ada.context());
    const to = await ada.evaluate(async () => (await session.client.engine.contacts({}))[0]?.address ?? '');
    const [backup] = await Promise.all([
      backUp(follower),
      ada.evaluate(async (to) => {
        for (let i = 0; i < 10; i++) await session.client.engine.send({ to, text: `meanwhile ${i}` });
      }, to),
    ]);
    expect(backup.phases).toContain('checking');
    expect(backup.messages).toBeGreaterThanOrEqual(10);
    expect(backup.messages).toBeLessThanOrEqual(20);
    const other = await people.tab(await people.browser());
    expect(await restore(other, backup.bytes, 'another passphrase')).toMatchObject({
      refused: { code: 'not-allowed' },
    });
    expect(await restore(other, backup.bytes.slice(0, -50))).toMatchObject({ refused: { code: 'bad-input' } });
    expect(await stateOf(other)).toEqual({ kind: 'empty' });
    expect(await restore(other, backup.bytes)).toEqual({ refused: null, phases: ['restoring'] });
    expect(await stateOf(other)).toMatchObject({ kind: 'open' });
    expect(await addressOf(other)).toBe(await addressOf(ada));
    expect((await history(other)).slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `message ${i}`));
  });

  it('TAB-11: stopped, it says so, and nothing is held up', async () => {
    const ada = await talker(3);
    const refused = await ada.evaluate(async (passphrase) => {
      const controller = new AbortController();
      const writing = session.client.writeBackup({
        passphrase,
        onProgress: () => undefined,
        signal: controller.signal,
      });
      controller.abort();
      return await refusal(writing);
    }, PASSPHRASE);
    expect(refused).toMatchObject({ code: 'closed' });
    expect((await backUp(ada)).messages).toBe(3);
  });
});

describe('linking', () => {
  it('TAB-12: another browser becomes a device of the account; given up, nothing is kept', async () => {
    const ada = await talker(2);
    const other = await people.tab(await people.browser());
    const begin = () =>
      other.evaluate((node) => {
        const [controller, codes] = [new AbortController(), [] as string[]];
        const request = {
          node,
          name: 'other',
          onCode: (code: string) => codes.push(code),
          onProgress: () => undefined,
        };
        globalThis.linking = {
          controller,
          codes,
          done: session.client.link({ ...request, signal: controller.signal }),
        };
      }, people.node.url);
    const untilCode = () => other.waitForFunction(() => linking.codes.length > 0);
    await begin();
    await untilCode();
    const refused = await other.evaluate(() => {
      linking.controller.abort();
      return refusal(linking.done);
    });
    expect(refused).toMatchObject({ code: 'closed' });
    expect(await stateOf(other)).toEqual({ kind: 'empty' });
    await begin();
    await untilCode();
    const code = await other.evaluate(() => linking.codes.at(-1) ?? '');
    await ada.evaluate((code) => session.client.engine.approveLink({ code }), code);
    const linked = await other.evaluate(() => linking.done);
    expect(linked).toMatchObject({ address: await addressOf(ada), name: 'Ada', device: 2 });
    expect(await stateOf(other)).toMatchObject({ kind: 'open', leads: true });
    expect(await other.evaluate(() => session.client.phrase({ passphrase: null }))).toBeNull();
  });
});

describe('erasing', () => {
  it('TAB-13: nothing of the profile is left, in all tabs, and another can be made', async () => {
    const first = await talker(1);
    const before = await addressOf(first);
    const second = await people.tab(first.context());
    await second.evaluate(() => session.client.erase());
    for (const page of [first, second]) await untilState(page, 'empty');
    const left = await second.evaluate(async () => {
      const files: string[] = [];
      const walk = async (directory: FileSystemDirectoryHandle): Promise<void> => {
        for await (const [name, handle] of directory.entries()) {
          if (handle.kind === 'directory') await walk(handle);
          else files.push(name);
        }
      };
      await walk(await navigator.storage.getDirectory());
      return { files, databases: await indexedDB.databases() };
    });
    expect(left).toEqual({ files: [], databases: [] });
    await second.evaluate((node) => session.client.create({ name: 'Eve', node }), people.node.url);
    await untilState(first, 'open');
    expect(await addressOf(first)).not.toBe(before);
    expect(await history(first)).toEqual([]);
  });
});
