import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { heard, inviteOf, People, untilHeard } from './people.ts';
import './page-globals.ts';

let people: People;

beforeAll(async () => {
  people = await People.start();
});
afterEach(() => people.forget());
afterAll(() => people?.stop());

describe('a private session', () => {
  it('TAB-10: two of them talk, and nothing of them is left in the browser', async () => {
    const ada = await people.person('Ada', null);
    const bob = await people.person('Bob', null);
    const to = await inviteOf(ada);
    await bob.evaluate((to) => session.client.engine.send({ to, text: 'hello', wait: 'stored' }), to);
    await untilHeard(ada, 1);
    expect(await heard(ada)).toEqual(['hello']);
    await ada.evaluate(() => session.client.close());
    const left = await ada.evaluate(async () => {
      const files: string[] = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
      return {
        files,
        databases: await indexedDB.databases(),
        keys: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
        caches: await caches.keys(),
        cookie: document.cookie,
      };
    });
    expect(left).toEqual({ files: [], databases: [], keys: [], caches: [], cookie: '' });
  });

  it('TAB-10: it cannot be locked, and ends with its page', async () => {
    const ada = await people.person('Ada', null);
    const refused = await ada.evaluate(() =>
      refusal(session.client.setPassphrase({ current: null, next: 'a passphrase' })),
    );
    expect(refused).toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('private session') as unknown,
    });
    await ada.reload();
    await ada.evaluate(() => void openSession(null));
    await ada.waitForFunction(() => session.client.state.kind === 'empty');
  });
});
