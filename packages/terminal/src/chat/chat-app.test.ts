import { EngineError } from '@sotto/engine/api';
import { afterEach, describe, expect, it } from 'vitest';
import { Seat, settled } from './seat.fixture.ts';

let seat: Seat;
afterEach(async () => {
  await seat.type('\u0003\u0003');
  await seat.done;
});

describe('TERM-6: the chat', () => {
  it('opens the newest conversation, shows history and echoes what is typed', async () => {
    seat = new Seat();
    const alice = seat.engine.person('Alice', 5);
    seat.engine.message(alice, 'hello there');
    seat.open();
    await seat.type('good mor');
    const rows = await seat.rows();
    expect(rows[0]).toContain('Alice');
    expect(rows.join('\n')).toContain('Alice hello there');
    expect(rows.at(-2)).toBe('> good mor');
  });

  it('sends text and Enter that arrive in one chunk, and shows each state in words', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    seat.open();
    await seat.type('one\rtwo\r');
    expect(seat.engine.calls).toEqual(['send one', 'send two']);
    expect(await seat.text()).toMatch(/you one +waiting/);
    for (const [state, words] of [
      ['stored', 'stored on 2 nodes'],
      ['delivered', 'delivered'],
      ['read', 'read'],
    ] as const) {
      seat.engine.emit({ type: 'changed', message: { ...seat.engine.messages[0]!, state, storedOn: 2 } });
      expect(await seat.text()).toContain(`you one  ${words}`);
    }
    seat.engine.emit({
      type: 'changed',
      message: { ...seat.engine.messages[1]!, state: 'failed', problem: 'mailbox full' },
    });
    expect(await seat.text()).toContain('failed: mailbox full (/retry)');
    await seat.type('/retry\r');
    expect(seat.engine.calls.at(-1)).toBe(`resend ${seat.engine.messages[1]!.id}`);
  });

  it('never lets received text or names steer the terminal', async () => {
    seat = new Seat();
    const mallory = seat.engine.person('Mal\u001b[2Jlory', 5);
    seat.engine.message(mallory, '\u001b]0;title\u0007\u001b[1;1Hpwned\u009b2J');
    seat.open();
    const rows = await seat.rows();
    expect(rows[0]).toContain('Mal␛[2Jlory');
    expect(rows.join('\n')).toContain('␛]0;title␇␛[1;1Hpwned');
  });

  it('keeps pasted lines together until Enter', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    seat.open();
    await seat.type('\u001b[200~first\nsecond\nthird\u001b[201~');
    expect(seat.engine.calls).toEqual([]);
    expect((await seat.rows()).slice(-4, -1)).toEqual(['> first', '  second', '  third']);
    await seat.type('\r');
    expect(seat.engine.calls).toEqual(['send first\nsecond\nthird']);
  });

  it('scrolls through a long history, loads older pages, and stays in place when a message comes', async () => {
    seat = new Seat();
    const alice = seat.engine.person('Alice', 5);
    for (let at = 1; at <= 5_000; at++) seat.engine.message(alice, `number ${at}.`);
    seat.open();
    expect(await seat.text()).toContain('number 5000.');
    for (let page = 0; page < 12; page++) await seat.type('\u001b[5~');
    const before = (await seat.rows()).slice(1, -3);
    expect(before.join('\n')).not.toContain('number 4900.');
    seat.engine.emit({ type: 'message', message: seat.engine.message(alice, 'news') });
    expect((await seat.rows()).slice(1, -3)).toEqual(before);
    expect(await seat.text()).toContain('1 new');
    for (let page = 0; page < 13; page++) await seat.type('\u001b[6~');
    expect(await seat.text()).toContain('Alice news');
  });

  it('marks unread conversations and reads them when opened', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    const bob = seat.engine.person('Bob', 3);
    seat.open();
    await seat.text();
    const message = seat.engine.message(bob, 'psst');
    seat.engine.emit({ type: 'message', message });
    seat.engine.emit({ type: 'contact', contact: { ...bob, unread: 1, lastAt: 9 } });
    expect(await seat.text()).toMatch(/● Bob +1/);
    expect(seat.engine.calls).toEqual([]);
    await seat.type('/to bob\r');
    expect(await seat.text()).toContain('Bob psst');
    expect(seat.engine.calls).toEqual([`read ${message.position}`]);
  });

  it('shows what came before the message that was just received', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    const bob = seat.engine.person('Bob', 3);
    seat.engine.message(bob, 'the first');
    seat.open();
    await seat.text();
    seat.engine.emit({ type: 'message', message: seat.engine.message(bob, 'the second') });
    await seat.type('/to bob\r');
    expect(await seat.text()).toMatch(/the first[^]*the second/);
  });

  it('works in 80x24, 40x10 and after a resize, with wide characters and right-to-left text', async () => {
    seat = new Seat(40, 10);
    const alice = seat.engine.person('Alice', 5);
    seat.engine.message(alice, '漢字かな交じり文 👨‍👩‍👧‍👦 and some more words that wrap around');
    seat.engine.message(alice, 'שלום עולם');
    seat.open();
    expect(await seat.text()).toContain('שלום עולם');
    seat.resize(100, 30);
    const rows = await seat.rows();
    expect(rows).toHaveLength(30);
    expect(rows.join('\n')).toContain('│');
    expect(rows.join('\n')).toContain('👨‍👩‍👧‍👦 and some more words that wrap around');
  });

  it('gives the text back when it could not be sent, and says why', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    seat.open();
    seat.engine.send = () => Promise.reject(new Error('no room on the disk'));
    await seat.type('precious\r');
    const text = await seat.text();
    expect(text).toContain('no room on the disk');
    expect(text).toContain('> precious');
  });

  it.each(['exit\r', 'quit\r', '/quit\r', '\u0004'])('leaves on %j', async (input) => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    seat.open();
    await seat.type(input);
    await expect(seat.done).resolves.toBeUndefined();
  });

  it('shows the safety number and marks as verified only on a clear yes', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    seat.open();
    await seat.type('/verify\r');
    expect(await seat.text()).toContain('00000 11111 22222 33333');
    expect(seat.engine.calls).toEqual([]);
    await seat.type('/verify yes\r');
    expect(seat.engine.calls).toEqual(['update {"verified":true}']);
    expect((await seat.rows())[0]).toContain('verified');
  });

  it('shows help, unknown commands and operator announcements', async () => {
    seat = new Seat(100, 40);
    seat.engine.person('Alice', 5);
    seat.open();
    await seat.type('/help\r/nonsense\r');
    seat.engine.emit({ type: 'announcement', text: 'back at \u001b[5mnoon', sentAt: 1, personal: false });
    const text = await seat.text();
    expect(text).toContain('/to NAME [TEXT]');
    expect(text).toContain('There is no command /nonsense');
    expect(text).toContain("The node's operator says: back at ␛[5mnoon");
  });
});

describe('TERM-20: the lobby of a private room', () => {
  const said = (name: string, text: string) =>
    ({ type: 'room', from: `did:key:${name}`, name, text, sentAt: Date.UTC(2026, 0, 2, 12) }) as const;
  const enter = async (...names: string[]): Promise<void> => {
    seat = new Seat();
    seat.engine.person('Cleo');
    seat.engine.room = true;
    seat.engine.here = names;
    seat.open();
    await settled();
  };

  it('the start page says that it speaks to all, who is here, and who comes and goes', async () => {
    await enter('Ben', 'Cl\u001b[5meo');
    const text = await seat.text();
    expect(text).toContain('private room');
    expect(text).toContain('said to everybody who is here');
    expect(text).toContain('Here: Ben, Cl␛[5meo');
    seat.engine.emit({
      type: 'presence',
      joined: false,
      peer: { address: 'did:key:Ben', name: 'Ben', token: 'aaaaaaaaaaaa' },
    });
    expect(await seat.text()).toContain('Ben has left');
  });

  it('what is typed there is said to all; what others say is shown, and steers nothing', async () => {
    await enter('Ben');
    await seat.type('good morning\r');
    expect(seat.engine.calls).toEqual(['say good morning']);
    expect(await seat.text()).toContain('you good morning');
    seat.engine.emit(said('Ben', 'hi \u001b[2J there'));
    expect(await seat.text()).toContain('Ben hi ␛[2J there');
    await seat.type('/say\r');
    expect(await seat.text()).toContain('Usage: /say TEXT');
  });

  it('says who did not hear it, and when nobody is there to hear it', async () => {
    await enter('Ben', 'Cleo');
    seat.engine.missed = ['Cleo'];
    await seat.type('psst\r');
    expect(await seat.text()).toContain('Not heard by Cleo.');
    seat.engine.here = [];
    seat.engine.missed = [];
    await seat.type('anybody?\r');
    expect(await seat.text()).toContain('Nobody else is here');
  });

  it('in a conversation lines of the room are counted, and /say speaks to all', async () => {
    await enter('Ben', 'Cleo');
    await seat.type('/to Cleo\r');
    seat.engine.emit(said('Ben', 'one'));
    seat.engine.emit(said('Ben', 'two'));
    const text = await seat.text();
    expect(text).toContain('room: 2 new (Esc)');
    expect(text).not.toContain('Ben one');
    await seat.type('only for Cleo\r/say and this for all\r');
    expect(seat.engine.calls).toEqual(['send only for Cleo', 'say and this for all']);
    expect(await seat.text()).toContain('Said to everybody here (2).');
    await seat.type('\u001b');
    await new Promise((resolve) => setTimeout(resolve, 60));
    const page = await seat.text();
    expect(page).toMatch(/Ben one[^]*Ben two[^]*you and this for all/);
    expect(page).not.toContain('new (Esc)');
  });

  it('without a room nothing is said to nobody, and a line that could not be said is given back', async () => {
    seat = new Seat();
    seat.open();
    await seat.type('hello?\r');
    expect(seat.engine.calls).toEqual([]);
    expect(await seat.text()).toContain('Nobody to send this to yet');
    await seat.type('\u0003\u0003');
    await enter('Ben');
    seat.engine.say = () => Promise.reject(new EngineError('unreachable', 'There is no connection to the room.'));
    await seat.type('precious\r');
    expect(await seat.text()).toMatch(/no connection to the room[^]*> precious/);
  });
});
