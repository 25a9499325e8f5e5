import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { inviteOf, People, stateOf, untilLeads, untilState } from './people.ts';
import './page-globals.ts';

let people: People;

beforeAll(async () => {
  people = await People.start();
});
afterEach(() => people.forget());
afterAll(() => people?.stop());

const PASSPHRASE = 'correct horse';

const setPassphrase = (page: Page, current: string | null, next: string | null) =>
  page.evaluate((change) => refusal(session.client.setPassphrase(change)), { current, next });
const unlock = (page: Page, passphrase: string) =>
  page.evaluate((passphrase) => refusal(session.client.unlock(passphrase)), passphrase);

describe('a passphrase', () => {
  it('TAB-7: lock and unlock work in all tabs at once; the wrong passphrase is refused; what is locked answers nothing', async () => {
    const first = await people.person('Ada');
    const second = await people.tab(first.context());
    const before = await inviteOf(first);
    expect(await second.evaluate(() => refusal(session.client.lock()))).toMatchObject({ code: 'not-allowed' });
    expect(await setPassphrase(second, null, 'short')).toMatchObject({ code: 'bad-input' });
    expect(await setPassphrase(second, null, PASSPHRASE)).toBeNull();
    for (const page of [first, second]) expect(await stateOf(page)).toMatchObject({ protection: 'passphrase' });
    await second.evaluate(() => session.client.lock());
    for (const page of [first, second]) await untilState(page, 'locked');
    const refused = await first.evaluate(() => refusal(session.client.engine.whoami({})));
    expect(refused).toMatchObject({ code: 'closed', message: expect.stringContaining('locked') as unknown });
    expect(await unlock(second, 'wrong horse')).toMatchObject({ code: 'not-allowed' });
    expect(await stateOf(second)).toEqual({ kind: 'locked' });
    expect(await unlock(second, PASSPHRASE)).toBeNull();
    for (const page of [first, second]) await untilState(page, 'open');
    expect(await inviteOf(first)).toBe(before);
  });

  it('TAB-7: a locked profile stays locked when the page is loaded anew; an open one passes on to the next tab open', async () => {
    const first = await people.person('Ada');
    expect(await setPassphrase(first, null, PASSPHRASE)).toBeNull();
    const before = await inviteOf(first);
    const second = await people.tab(first.context());
    expect(await stateOf(second)).toMatchObject({ kind: 'open', leads: false });
    await first.close();
    await untilLeads(second);
    expect(await inviteOf(second)).toBe(before);
    await second.reload();
    await second.evaluate(() => void openSession('default'));
    await untilState(second, 'locked');
    expect(await unlock(second, PASSPHRASE)).toBeNull();
    expect(await inviteOf(second)).toBe(before);
  });

  it('TAB-8: it is changed and taken away only by who knows it; afterwards the old one opens nothing', async () => {
    const page = await people.person('Ada');
    expect(await setPassphrase(page, null, PASSPHRASE)).toBeNull();
    expect(await setPassphrase(page, 'wrong horse', 'another horse')).toMatchObject({ code: 'not-allowed' });
    expect(await setPassphrase(page, null, 'another horse')).toMatchObject({ code: 'not-allowed' });
    expect(await setPassphrase(page, PASSPHRASE, 'another horse')).toBeNull();
    const phrase = (passphrase: string | null) =>
      page.evaluate((passphrase) => refusal(session.client.phrase({ passphrase })), passphrase);
    expect(await phrase(PASSPHRASE)).toMatchObject({ code: 'not-allowed' });
    expect(await phrase(null)).toMatchObject({ code: 'not-allowed' });
    const words = await page.evaluate(() => session.client.phrase({ passphrase: 'another horse' }));
    expect(words?.split(' ')).toHaveLength(24);
    await page.evaluate(() => session.client.lock());
    expect(await unlock(page, PASSPHRASE)).toMatchObject({ code: 'not-allowed' });
    expect(await unlock(page, 'another horse')).toBeNull();
    expect(await setPassphrase(page, 'another horse', null)).toBeNull();
    await page.reload();
    await page.evaluate(() => void openSession('default'));
    await untilState(page, 'open');
    expect(await stateOf(page)).toMatchObject({ protection: 'browser' });
  });

  it('TAB-8: the key beside the database is one that no script can read out; with a passphrase there is none', async () => {
    const page = await people.person('Ada');
    const record = () =>
      page.evaluate(async () => {
        const request = indexedDB.open('sotto-default');
        await new Promise((resolve) => request.addEventListener('success', resolve));
        const all = request.result.transaction('keys').objectStore('keys').getAll();
        await new Promise((resolve) => all.addEventListener('success', resolve));
        request.result.close();
        const [found] = all.result as { way: string; wrappingKey?: CryptoKey }[];
        const read = found?.wrappingKey && (await crypto.subtle.exportKey('raw', found.wrappingKey).catch(() => null));
        return { count: all.result.length, fields: Object.keys(found ?? {}).toSorted(), read };
      });
    expect(await record()).toEqual({ count: 1, fields: ['nonce', 'sealed', 'way', 'wrappingKey'], read: null });
    expect(await setPassphrase(page, null, PASSPHRASE)).toBeNull();
    expect(await record()).toMatchObject({ count: 1, fields: ['file', 'way'] });
  });
});
