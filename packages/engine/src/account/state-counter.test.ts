import { describe, expect, it } from 'vitest';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { create, RefusalCode, StateCounterSchema } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import { NodeStore } from '../platform/node/node-store.ts';
import { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import { StateCounter } from './state-counter.ts';

class Home {
  value = 0n;
  asked = 0;
  /** How the next answers get lost: before they are taken, or after. */
  fault: 'before' | 'after' | RefusalCode | null = null;

  request = (body: FrameBody): Promise<FrameBody> => {
    if (body.case !== 'compareState') throw new Error('another question');
    this.asked++;
    if (this.fault === 'before') return Promise.reject(new ConnectionError('disconnected', 'lost'));
    if (typeof this.fault === 'number') {
      return Promise.reject(new ConnectionError('refused', 'no', { refusal: this.fault }));
    }
    if (this.value === body.value.expected) this.value = body.value.next;
    if (this.fault === 'after') return Promise.reject(new ConnectionError('disconnected', 'lost'));
    return Promise.resolve({ case: 'stateCounter', value: create(StateCounterSchema, { value: this.value }) });
  };
}

class Device {
  readonly home: Home;
  readonly store = new NodeStore(':memory:');
  readonly #databaseKey = systemRandom(32);
  wentBack = 0;
  homeId = 'aa'.repeat(32);
  waits: { ms: number; run: () => void }[] = [];

  constructor(home: Home) {
    this.home = home;
  }

  database(): Database {
    return new Database({
      store: this.store,
      primitives: nodePrimitives,
      random: systemRandom,
      databaseKey: this.#databaseKey,
    });
  }

  open(): StateCounter {
    const database = this.database();
    this.waits = [];
    const counter = new StateCounter({
      database,
      random: systemRandom,
      timers: {
        now: () => 0,
        after: (ms: number, run: () => void) => (this.waits.push({ ms, run }), () => undefined),
      } as Timers,
      home: () => this.homeId,
      request: this.home.request,
      onWentBack: () => void this.wentBack++,
      onFault: (error) => {
        throw error;
      },
    });
    counter.start();
    return counter;
  }

  image(): unknown {
    return this.store.get(`SELECT sealed FROM meta WHERE name = 'state-counter'`)?.['sealed'];
  }

  putBack(image: unknown): void {
    this.store.run(`UPDATE meta SET sealed = ? WHERE name = 'state-counter'`, image as Uint8Array);
  }
}

describe('state counter', () => {
  it('ENG-43: whenever the answer was lost, the next comparison is not taken for a storage that went back', async () => {
    const home = new Home();
    const device = new Device(home);
    for (const fault of [null, 'before', 'after', null, 'after', 'after', 'before', null] as const) {
      home.fault = fault;
      const counter = device.open();
      await counter.attached();
      expect(counter.hasPassed).toBe(fault === null);
    }
    expect(device.wentBack).toBe(0);
    expect(home.value).not.toBe(0n);
  });

  it('ENG-43: nor when it was lost and the number is refused after that', async () => {
    const home = new Home();
    const device = new Device(home);
    const counter = device.open();
    for (const fault of [null, 'after', RefusalCode.BUSY, RefusalCode.BUSY, 'before', null] as const) {
      home.fault = fault;
      await counter.attached();
    }
    expect(device.wentBack).toBe(0);
  });

  it('ENG-43: any older number is noticed, also one that was written down and never confirmed', async () => {
    const home = new Home();
    const device = new Device(home);
    const images: unknown[] = [];
    for (const fault of [null, 'after', null, null] as const) {
      home.fault = fault;
      await device.open().attached();
      images.push(device.image());
    }
    for (const [i, image] of images.slice(0, 3).entries()) {
      device.putBack(image);
      await device.open().attached();
      expect(device.wentBack).toBe(i + 1);
    }
  });

  it('ENG-43: a node that does not know the question holds up nothing; one that is silent 15 s', async () => {
    const home = new Home();
    home.fault = RefusalCode.UNSUPPORTED;
    const device = new Device(home);
    const old = device.open();
    let passed = 0;
    old.whenPassed(() => passed++);
    expect(passed).toBe(0);
    await old.attached();
    expect([passed, device.wentBack]).toEqual([1, 0]);

    home.fault = 'before';
    const silent = device.open();
    silent.whenPassed(() => passed++);
    await silent.attached();
    expect(passed).toBe(1);
    expect(device.waits.map(({ ms }) => ms)).toEqual([15_000]);
    device.waits[0]?.run();
    expect(passed).toBe(2);
  });

  it('ENG-43: the number is replaced every five minutes, whatever is said meanwhile, and at the end', async () => {
    const home = new Home();
    const device = new Device(home);
    const counter = device.open();
    const seen = new Set<bigint>();
    await counter.attached();
    for (let i = 0; i < 3; i++) {
      seen.add(home.value);
      const next = device.waits.at(-1);
      expect(next?.ms).toBe(300_000);
      next?.run();
      await counter.attached();
    }
    expect([seen.size, seen.has(home.value)]).toEqual([3, false]);
    seen.add(home.value);
    await counter.close(true);
    expect(seen.has(home.value)).toBe(false);
    expect(device.wentBack).toBe(0);
  });

  const OTHER = 'bb'.repeat(32);

  it('RING-67: a home that was away for long has its own number still: no false alarm', async () => {
    const [home, late] = [new Home(), new Home()];
    const device = new Device(home);
    let counter = device.open();
    await counter.attached();
    await counter.visited(OTHER, late.request);
    for (let i = 0; i < 5; i++) await counter.attached();
    counter = device.open();
    await counter.attached();
    await counter.visited(OTHER, late.request);
    // And the other way round: the late one is the one attached to.
    device.homeId = OTHER;
    Object.assign(device.home, { request: late.request });
    await device.open().attached();
    expect([device.wentBack, late.value !== 0n, late.value !== home.value]).toEqual([0, true, true]);
  });

  it('RING-67: a home that went back itself has a number of ours from before: no false alarm', async () => {
    const home = new Home();
    const device = new Device(home);
    const counter = device.open();
    await counter.attached();
    const old = home.value;
    for (let i = 0; i < 4; i++) await counter.attached();
    home.value = old;
    await counter.attached();
    expect(device.wentBack).toBe(0);
    await counter.attached();
    expect([device.wentBack, home.value !== old]).toEqual([0, true]);
  });

  it('RING-67: storage that went back is noticed at whichever home, once', async () => {
    const [home, other] = [new Home(), new Home()];
    const device = new Device(home);
    let counter = device.open();
    await counter.attached();
    await counter.visited(OTHER, other.request);
    const image = device.image();
    await counter.attached();
    await counter.visited(OTHER, other.request);
    device.putBack(image);
    counter = device.open();
    await counter.visited(OTHER, other.request);
    expect(device.wentBack).toBe(1);
    await counter.attached();
    await counter.visited(OTHER, other.request);
    expect(device.wentBack).toBe(1);
    // A second time is a second time.
    const later = device.image();
    await counter.attached();
    device.putBack(later);
    counter = device.open();
    await counter.attached();
    expect(device.wentBack).toBe(2);
  });

  it('RING-67: a profile from when there was one home knows the number that it has', async () => {
    const home = new Home();
    const device = new Device(home);
    const counter = device.open();
    await counter.attached();
    const database = device.database();
    database.transaction(() => database.setMeta('state-counter', { value: Number(home.value), next: null }));
    await device.open().attached();
    expect(device.wentBack).toBe(0);
    database.transaction(() => database.setMeta('state-counter', { value: 7, next: null }));
    await device.open().attached();
    expect(device.wentBack).toBe(1);
  });
});
