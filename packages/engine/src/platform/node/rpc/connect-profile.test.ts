import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../api.ts';
import type { EngineEvent, EngineHandle } from '../../../api.ts';
import { changeLock } from '../keys/change-lock.ts';
import { profilePaths } from '../profile-directory.ts';
import { openProfile } from '../profile.ts';
import { connectProfile } from './connect-profile.ts';
import { newOwnerAddress, readOwnerAddress } from './owner-address.ts';
import type { OpenEngine } from './profile-attachment.ts';
import { openFakeEngine } from './testing/fake-engine.ts';

const directories: string[] = [];
const handles: EngineHandle[] = [];
afterEach(async () => {
  for (const handle of handles.splice(0)) await handle.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function freshDirectory(...below: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-rpc-'));
  directories.push(directory);
  return join(directory, ...below);
}

const openEngine: OpenEngine = (profile) => Promise.resolve(openFakeEngine(profile));

async function open(directory: string | null, opener = openEngine): Promise<EngineHandle> {
  const handle = await connectProfile({ directory, openEngine: opener, lingerMs: 2000 });
  handles.push(handle);
  return handle;
}

/** What the owner answers to `lines`, until it closes or has said enough. */
async function say(directory: string, lines: string, enough = 1): Promise<string[]> {
  const owner = readOwnerAddress(profilePaths(directory));
  const socket = connect(owner?.address ?? '');
  let text = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      text += data.toString();
      if (text.split('\n').length > enough) resolve();
    });
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.write(lines);
  });
  socket.destroy();
  return text.split('\n').filter((line) => line !== '');
}

const hello = (directory: string, changes: object = {}): string => {
  const secret = readOwnerAddress(profilePaths(directory))?.secret;
  return `${JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'hello', params: { secret, protocol: 1, ...changes } })}\n`;
};

describe('connectProfile', () => {
  it('RPC-1: the first is the owner, the next its client; both see the same', async () => {
    const directory = freshDirectory();
    let engines = 0;
    const counting: OpenEngine = (profile) => {
      engines++;
      return openEngine(profile);
    };
    const [owner, client] = [await open(directory, counting), await open(directory, counting)];
    const events: EngineEvent[] = [];
    client.on((event) => events.push(event));
    owner.on((event) => events.push(event));
    const sent = await client.send({ to: 'x', text: 'hello' });
    expect((await owner.history({})).messages).toEqual([sent]);
    expect(events).toEqual([
      { type: 'message', message: sent },
      { type: 'message', message: sent },
    ]);
    expect(engines).toBe(1);
  });

  it('RPC-4: errors reach clients as they are', async () => {
    const directory = freshDirectory();
    await open(directory);
    const client = await open(directory);
    await expect(client.send({ to: 'nobody', text: 'a' })).rejects.toThrow(
      new EngineError('unknown-contact', 'There is nobody of that name'),
    );
    await expect(client.send({ to: '', text: 'a' })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(client.send({ to: 'crash', text: 'a' })).rejects.toMatchObject({ code: 'failed' });
  });

  it('RPC-7: when the owner closes, an idle client takes over at once and goes on', async () => {
    const directory = freshDirectory();
    const owner = await open(directory);
    const client = await open(directory);
    const events: EngineEvent[] = [];
    client.on((event) => events.push(event));
    await client.history({ limit: 1 });
    await owner.close();
    const sent = await client.send({ to: 'x', text: 'still here' });
    const third = await open(directory);
    const other = await third.send({ to: 'x', text: 'me too' });
    expect(events.filter(({ type }) => type === 'resumed')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'message')).toEqual([
      { type: 'message', message: sent },
      { type: 'message', message: other },
    ]);
    await expect(owner.whoami({})).rejects.toMatchObject({ code: 'closed' });
  });

  it('RPC-7: of a profile with a passphrase one process is asked, once; its clients take over without', async () => {
    const directory = freshDirectory();
    openProfile(directory).close();
    const passphrase = (): Uint8Array => new TextEncoder().encode('correct horse');
    const cost = { memoryKiB: 8 << 10, passes: 1 };
    await changeLock(directory, null, () => Promise.resolve({ way: 'passphrase', passphrase: passphrase(), cost }));
    await expect(open(directory)).rejects.toMatchObject({ code: 'locked' });
    const asked: number[] = [];
    const owner = await connectProfile({
      directory,
      openEngine,
      askPassphrase: (attempt) => (asked.push(attempt), Promise.resolve(passphrase())),
    });
    handles.push(owner);
    const client = await open(directory);
    await client.send({ to: 'x', text: 'one' });
    await owner.close();
    await client.send({ to: 'x', text: 'two' });
    expect((await client.history({})).messages).toHaveLength(2);
    expect(asked).toEqual([1]);
  });

  it('RPC-7: a closing owner first serves its clients that are busy', async () => {
    const directory = freshDirectory();
    const owner = await open(directory);
    const client = await open(directory);
    const call = client.send({ to: 'x', text: 'slow 400' });
    await client.history({});
    await owner.close();
    // Answered by the owner itself: the name is that of the message's engine, and nothing was made again.
    expect((await call).content).toEqual({ text: 'slow 400' });
    expect((await client.history({})).messages).toHaveLength(1);
  });

  it('RPC-8: a call that outlasts the owner is made again at the next one, and sends once', async () => {
    const directory = freshDirectory();
    const owner = await connectProfile({ directory, openEngine, lingerMs: 50 });
    const client = await open(directory);
    const call = client.send({ to: 'x', text: 'slow 600' });
    await client.history({});
    await owner.close();
    const message = await call;
    expect((await client.history({})).messages).toEqual([message]);
  });

  it('RPC-1: when the engine cannot be opened everybody is told why, and the profile is free', async () => {
    const directory = freshDirectory();
    const failing: OpenEngine = () => Promise.reject(new EngineError('not-found', 'There is no identity yet'));
    const attempts = await Promise.allSettled([open(directory, failing), open(directory, failing)]);
    expect(attempts).toMatchObject([{ reason: { code: 'not-found' } }, { reason: { code: 'not-found' } }]);
    openProfile(directory).close();
  });

  it('RPC-2: a client shows the secret of the owner, or is not served', async () => {
    const directory = freshDirectory();
    await open(directory);
    const whoami = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'whoami' })}\n`;
    expect(await say(directory, hello(directory) + whoami, 2)).toHaveLength(2);
    expect(await say(directory, hello(directory, { secret: 'f'.repeat(64) }) + whoami)).toEqual([]);
    expect(await say(directory, hello(directory, { secret: undefined }) + whoami)).toEqual([]);
    expect(await say(directory, whoami)).toEqual([]);
    expect(await say(directory, 'x'.repeat(5000))).toEqual([]);
    expect(await say(directory, hello(directory, { protocol: 2 }) + whoami)).toEqual([
      expect.stringContaining('version'),
    ]);
  });

  it('RPC-2: what a dead owner left does not stop the next one', async () => {
    const directory = freshDirectory();
    openProfile(directory).close();
    const paths = profilePaths(directory);
    writeFileSync(paths.owner, JSON.stringify(newOwnerAddress(directory)));
    await (await open(directory)).whoami({});
    await handles.pop()?.close();
    writeFileSync(paths.owner, '{ half');
    await (await open(directory)).whoami({});
    // A file is only removed when it has the name of a socket of ours.
    await handles.pop()?.close();
    const innocent = join(directory, 'innocent.txt');
    writeFileSync(innocent, '');
    writeFileSync(paths.owner, JSON.stringify({ address: innocent, secret: 's' }));
    await (await open(directory)).whoami({});
    expect(statSync(innocent).isFile()).toBe(true);
  });

  it('RPC-2: a directory with a long path has its socket elsewhere, and nothing stays behind', async () => {
    const directory = freshDirectory('d'.repeat(60), 'e'.repeat(60));
    const owner = await open(directory);
    const address = readOwnerAddress(profilePaths(directory))?.address ?? '';
    expect(Buffer.byteLength(address)).toBeLessThanOrEqual(100);
    await (await open(directory)).whoami({});
    await handles.pop()?.close();
    await owner.close();
    expect(readdirSync(directory).sort()).toEqual(['database.key', 'owner.lock', 'sotto.db']);
    expect(() => statSync(address)).toThrow(/ENOENT|pipe/);
    expect(newOwnerAddress(null).address).not.toBe(newOwnerAddress(null).address);
    expect(newOwnerAddress('C:\\x', 'win32').address).toMatch(/^\\\\\.\\pipe\\sotto-[0-9a-f]{32}$/);
  });

  it('RPC-1: a throw-away profile is shared with nobody and leaves nothing', async () => {
    const [one, two] = [await open(null), await open(null)];
    await one.send({ to: 'x', text: 'a' });
    expect((await two.history({})).messages).toEqual([]);
  });
});
