import type { Contact, Message } from '@sotto/engine/api';
import { afterEach, describe, expect, it } from 'vitest';
import { Seat } from './seat.fixture.ts';

let seat: Seat;
afterEach(async () => {
  await seat.type('\u0003\u0003');
  await seat.done;
});

async function open(columns = 80, rows = 24): Promise<{ alice: Contact; theirs: Message; mine: Message }> {
  seat = new Seat(columns, rows);
  const alice = seat.engine.person('Alice', 5);
  const theirs = seat.engine.message(alice, 'shall we meet?');
  const mine = seat.engine.message(alice, 'tomorow at 5', true);
  seat.open();
  await seat.text();
  return { alice, theirs, mine };
}

const change = (message: Message, more: Partial<Message>): void =>
  seat.engine.emit({ type: 'changed', message: { ...message, ...more } });

describe('TERM-7: changing what was said, in the chat', () => {
  it('/reply answers their last message, or the one whose number shows while it is typed', async () => {
    const { theirs, mine } = await open();
    expect(await seat.text()).not.toContain('#1');
    await seat.type('/reply yes gladly\r');
    expect(seat.engine.calls).toContain(`reply ${theirs.id} yes gladly`);
    await seat.type('/reply #');
    expect(await seat.text()).toMatch(/#2 +you tomorow at 5/);
    // What comes meanwhile does not shift the numbers.
    const message = { ...theirs, id: 'f'.repeat(32), position: 99, content: { text: 'and where?' } };
    seat.engine.emit({ type: 'message', message });
    expect(await seat.text()).toMatch(/#2 +you tomorow at 5/);
    await seat.type('2 I mean tomorrow\r');
    expect(seat.engine.calls).toContain(`reply ${mine.id} I mean tomorrow`);
    expect(await seat.text()).not.toContain('#2');
    await seat.type('/reply #9 what?\r');
    expect(await seat.text()).toContain('There is no message #9.');
  });

  it('shows what is answered, edits, reactions, deletions and the time left, also on 40 columns', async () => {
    for (const columns of [80, 40]) {
      const { theirs, mine } = await open(columns);
      const replyTo = {
        id: theirs.id,
        from: theirs.from,
        name: 'Alice',
        text: `shall we meet?${' and more'.repeat(20)}`,
      };
      const reactions = [
        { emoji: '👍', from: theirs.from, name: 'Alice' },
        { emoji: '🎉', from: 'did:key:me', name: 'Me' },
      ];
      change(mine, { replyTo, reactions, editedAt: 5, state: 'delivered', content: { text: 'tomorrow at 5' } });
      change(theirs, { disappearAfter: 300, expiresAt: Date.now() + 240_000 });
      const text = await seat.text();
      expect(text).toContain('you ↪ Alice: shall we meet? and');
      expect(text).toContain('👍 Alice  🎉 you');
      expect(text).toContain(columns === 80 ? 'tomorrow at 5  (edited) delivered' : 'tomorrow at 5');
      expect(text).toContain('(edited) delivered');
      expect(text).toContain('disappears in 4 min');
      expect((await seat.rows()).every((row) => row.length <= columns)).toBe(true);
      change(mine, {
        content: { deleted: true },
        state: 'waiting',
        amendmentProblem: 'Your deletion did not reach them.',
      });
      expect(await seat.text()).toMatch(/\(deleted\) +waiting/);
      expect((await seat.text()).replace(/\s+/g, ' ')).toContain('Your deletion did not reach them. (/retry)');
      seat.engine.emit({ type: 'removed', conversation: theirs.conversation, id: theirs.id, position: 1 });
      expect(await seat.text()).not.toContain('shall we meet?');
      if (columns === 80) {
        await seat.type('\u0003\u0003');
        await seat.done;
      }
    }
  });

  it('/edit without a text brings the message into the draft; Alt-E does the same, Alt-R begins an answer', async () => {
    const { mine } = await open();
    await seat.type('/edit\r');
    expect((await seat.rows()).at(-2)).toBe('> /edit #1 tomorow at 5');
    await seat.type('\u0003\u001be');
    expect((await seat.rows()).at(-2)).toBe('> /edit #1 tomorow at 5');
    await seat.type('\u0015/edit #1 tomorrow\r');
    expect(seat.engine.calls).toContain('edit tomorrow');
    expect(await seat.text()).toContain('tomorrow  (edited)');
    await seat.type('fine\u001br\r');
    expect(seat.engine.calls.at(-1)).toMatch(/^reply \d+ fine$/);
    expect(mine.outgoing).toBe(true);
  });

  it('/delete takes back the last own message, /hide needs a number, /react takes names of emoji', async () => {
    await open();
    await seat.type('/react heart\r');
    expect(seat.engine.calls.at(-1)).toBe('react ❤️');
    expect(await seat.text()).toContain('❤️ you');
    await seat.type('/react #1 👍\r');
    await seat.type('/react off\r');
    expect(seat.engine.calls.slice(-2)).toEqual(['react 👍', 'react ']);
    await seat.type('/delete\r');
    expect(seat.engine.calls.at(-1)).toBe('delete');
    expect(await seat.text()).toContain('you (deleted)');
    await seat.type('/delete\r');
    expect(await seat.text()).toContain('There is no message of yours here.');
    await seat.type('/hide\r');
    expect(await seat.text()).toContain('Usage: /hide #N');
    await seat.type('/hide #2\r');
    expect(await seat.text()).not.toContain('shall we meet?');
  });

  it('/timer sets and tells when messages disappear; the header shows it', async () => {
    await open();
    await seat.type('/timer\r');
    expect(await seat.text()).toContain('Messages with Alice stay.');
    await seat.type('/timer 5m\r');
    expect((await seat.rows())[0]).toContain('messages disappear after 5 min');
    await seat.type('/timer soon\r');
    expect(await seat.text()).toContain('Usage: /timer 30s, 5m');
    await seat.type('/timer off\r');
    expect((await seat.rows())[0]).not.toContain('disappear');
  });

  it('forgets what disappeared: in the draft, on the page, and what another process let disappear', async () => {
    const { mine, theirs } = await open();
    await seat.type('/edit\r');
    seat.engine.emit({ type: 'removed', conversation: mine.conversation, id: mine.id, position: mine.position });
    expect(await seat.text()).not.toContain('tomorow');
    change(theirs, { disappearAfter: 1, expiresAt: Date.now() - 1 });
    expect(await seat.text()).not.toContain('shall we meet?');
    seat.engine.messages.splice(0, 2, { ...theirs, content: { text: 'edited meanwhile' } });
    seat.engine.emit({ type: 'resumed' });
    expect(await seat.text()).toContain('edited meanwhile');
  });

  it('never lets a received reaction, quote or link deceive', async () => {
    const { theirs } = await open();
    change(theirs, {
      content: { text: 'log in: https://аpple.com' },
      replyTo: { id: theirs.id, from: theirs.from, name: 'A\u001b[2Jl', text: 'x\u202ey' },
      reactions: [{ emoji: '\u001b[1mno\n', from: theirs.from, name: 'Alice' }],
    });
    const text = await seat.text();
    expect(text.replace(/\s*[│\n]\s*/g, ' ')).toContain('https://аpple.com [! leads to xn--pple-43d.com]');
    expect(text).toContain('↪ A␛[2Jl: xy');
    expect(text).toContain('␛[1mno Alice');
  });
});
