import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineHandle } from '../../../api.ts';
import { openEphemeralProfile } from '../profile.ts';
import type { Profile } from '../profile.ts';
import { MAX_LINE, serveRpc } from './serve-rpc.ts';
import { openFakeEngine } from './testing/fake-engine.ts';

interface Spoken {
  id?: unknown;
  method?: string;
  result?: unknown;
  params?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

const profiles: Profile[] = [];
afterEach(() => {
  for (const profile of profiles.splice(0)) profile.close();
});

function fakeEngine(): EngineHandle {
  const profile = openEphemeralProfile();
  profiles.push(profile);
  return openFakeEngine(profile);
}

/** Everything that is answered to `input`, when it has ended. */
async function converse(input: string | Buffer | (string | Buffer)[], engine = fakeEngine()): Promise<Spoken[]> {
  const readable = new PassThrough();
  const writable = new PassThrough();
  let text = '';
  writable.setEncoding('utf8').on('data', (data: string) => (text += data));
  const done = serveRpc(engine, readable, writable);
  for (const part of Array.isArray(input) ? input : [input]) {
    readable.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  readable.end();
  await done;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Spoken);
}

const call = (method: string, params?: unknown, id: unknown = 1): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;

describe('serveRpc', () => {
  it('RPC-3: answers calls under their id, a string as well, without params too', async () => {
    const answers = await converse(
      call('whoami', {}, 'a') + call('whoami', undefined, 2) + call('history', { limit: 5 }, 3),
    );
    expect(answers).toContainEqual(expect.objectContaining({ jsonrpc: '2.0', id: 'a' }));
    expect(answers).toContainEqual(expect.objectContaining({ id: 2 }));
    expect(answers).toContainEqual({ jsonrpc: '2.0', id: 3, result: { messages: [], more: false } });
  });

  it('RPC-3: lines may come in pieces, with CR, empty, and without an end', async () => {
    const line = call('whoami', {}, 'Zoë');
    const bytes = Buffer.from(`\r\n\n${line.trim()}\r\n${line.trim()}`);
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect((await converse(pieces)).map(({ id }) => id)).toEqual(['Zoë', 'Zoë']);
  });

  it('RPC-4: what is not JSON, or not UTF-8, is a parse error and the next line is served', async () => {
    const good = call('whoami');
    for (const bad of ['{"jsonrpc":', 'hello', '{"a":1}}', Buffer.from([0xff, 0xfe, 0x22])]) {
      expect(await converse([bad, `\n${good}`])).toMatchObject([{ id: null, error: { code: -32700 } }, { id: 1 }]);
    }
  });

  it('RPC-3: a line over 1 MB is a parse error, however it comes, and the next line is served', async () => {
    const good = call('whoami');
    const fits = call('send', { to: 'x', text: 'x'.repeat(400_000) });
    const long = 'x'.repeat(MAX_LINE);
    expect(await converse(fits)).toMatchObject([{ method: 'event' }, { id: 1 }]);
    expect(await converse([`${long}x\n`, good])).toMatchObject([{ error: { code: -32700 } }, { id: 1 }]);
    expect(await converse([long, long, long, `\n${good}`])).toMatchObject([{ error: { code: -32700 } }, { id: 1 }]);
  });

  it('RPC-4: what is no request is an invalid request, under its id where it has one', async () => {
    for (const bad of ['1', 'null', '"x"', '{}', '{"id":7,"method":"whoami"}', '{"jsonrpc":"2.0","method":1,"id":7}']) {
      const [answer] = await converse(`${bad}\n`);
      expect(answer).toMatchObject({ id: bad.includes('7') ? 7 : null, error: { code: -32600 } });
    }
  });

  it('RPC-4: a method that is not there is named so; what every object has is no method', async () => {
    for (const method of ['nonsense', 'toString', '__proto__', 'constructor', 'on', 'close', 'hello']) {
      expect(await converse(call(method, {}))).toMatchObject([{ id: 1, error: { code: -32601 } }]);
    }
  });

  it('RPC-5: wrong params are named', async () => {
    const cases: [string, unknown, RegExp][] = [
      ['send', { to: 'x' }, /"text"/],
      ['send', { to: 'x', text: 1 }, /"text"/],
      ['send', { to: 'x', text: 'a', wait: 'forever' }, /"wait"/],
      ['send', { to: 'x', text: 'a', id: 'nonsense' }, /"id".*32 hex digits/],
      ['send', { to: 'x', text: 'a', colour: 1 }, /no "colour"/],
      ['send', [], /params/],
      ['history', { limit: 0 }, /"limit"/],
      ['setProfile', { color: -1 }, /"color"/],
      ['whoami', 'x', /params/],
    ];
    for (const [method, params, text] of cases) {
      const [answer] = await converse(call(method, params));
      expect(answer?.error?.code).toBe(-32602);
      expect(answer?.error?.message).toMatch(text);
      expect(answer?.error?.message).toContain(method);
    }
  });

  it('RPC-4: errors of the engine carry code and retry, unforeseen ones nothing of what they say', async () => {
    expect(await converse(call('send', { to: 'nobody', text: 'a' }))).toMatchObject([
      {
        error: {
          code: -32000,
          message: 'There is nobody of that name',
          data: { code: 'unknown-contact', retry: false },
        },
      },
    ]);
    const [answer] = await converse(call('send', { to: 'crash', text: 'a' }));
    expect(answer?.error).toEqual({ code: -32603, message: 'Internal error', data: { code: 'failed', retry: false } });
  });

  it('RPC-3: a notification is carried out and never answered', async () => {
    const engine = fakeEngine();
    const notification = `${JSON.stringify({ jsonrpc: '2.0', method: 'send', params: { to: 'x', text: 'a' } })}\n`;
    expect(await converse(notification, engine)).toMatchObject([{ method: 'event' }]);
    expect((await engine.history({})).messages).toHaveLength(1);
  });

  it('RPC-3: batches are answered in one line', async () => {
    const one = (id: number): string => call('whoami', {}, id).trim();
    const answers = await converse(`[${one(1)},5,${one(2)}]\n[]\n[${'5,'.repeat(64)}5]\n`);
    expect(answers).toContainEqual([
      expect.objectContaining({ id: 1 }),
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32600 }) as unknown }),
      expect.objectContaining({ id: 2 }),
    ]);
    expect(answers.filter(({ error }) => error?.code === -32600)).toHaveLength(2);
  });

  it('RPC-6: events go out as notifications, in their order', async () => {
    const answers = await converse(call('typing', { to: 'x', active: true }) + call('send', { to: 'x', text: 'a' }));
    expect(answers.filter(({ method }) => method === 'event').map(({ params }) => params)).toMatchObject([
      { type: 'typing', active: true },
      { type: 'message', message: { content: { text: 'a' } } },
    ]);
  });

  it('RPC-3: at the end of the input calls under way are still answered', async () => {
    const answers = await converse(call('send', { to: 'x', text: 'slow 50' }));
    expect(answers.at(-1)).toMatchObject({ id: 1, result: { content: { text: 'slow 50' } } });
  });

  it('RPC-6: a reader that has gone ends the conversation, one that does not read is cut off', async () => {
    const engine = fakeEngine();
    const gone = new PassThrough();
    const served = serveRpc(engine, new PassThrough(), gone);
    gone.destroy();
    await served;
    const slow = new PassThrough({ highWaterMark: 1 });
    const done = serveRpc(engine, new PassThrough(), slow);
    for (let i = 0; i < 60; i++) await engine.send({ to: 'x', text: 'x'.repeat(400_000) });
    await done;
    expect(slow.destroyed).toBe(true);
  });
});
