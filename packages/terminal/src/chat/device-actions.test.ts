import { afterEach, describe, expect, it } from 'vitest';
import { Seat } from './seat.fixture.ts';

let seat: Seat;
afterEach(async () => {
  await seat.type('\u0003\u0003');
  await seat.done;
});

describe('devices in the chat', () => {
  it('DEV-3: /link says first what it means, and does it when it is said again with yes', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    seat.open();
    await seat.type('/link sotto-link:CAES\r');
    expect(await seat.text()).toContain('A new device waits at ws://127.0.0.1:8080');
    expect(seat.engine.calls).toEqual([]);
    await seat.type('/link sotto-link:CAES yes\r');
    expect(seat.engine.calls).toEqual(['link sotto-link:CAES']);
    expect(await seat.text()).toMatch(/2 {2}phone .*it is a device of your[^]*account now\./);
    await seat.type('/link nonsense\r');
    expect(await seat.text()).toContain('not a link code');
    await seat.type('/link\r');
    expect(await seat.text()).toContain('Usage: /link CODE');
  });

  it('DEV-14: /devices lists them; when the history is complete it says so', async () => {
    seat = new Seat();
    seat.engine.person('Alice', 5);
    seat.open();
    await seat.type('/devices\r');
    expect(await seat.text()).toMatch(/1 {2}laptop .*\(this one\)/);
    seat.engine.emit({ type: 'link', device: 2, done: 1, total: 2 });
    expect(await seat.text()).not.toContain('history is complete');
    seat.engine.emit({ type: 'link', device: 2, done: 2, total: 2 });
    expect(await seat.text()).toContain('history is complete');
  });
});
