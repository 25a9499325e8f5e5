import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../bench/src/ring/free-port.ts';
import { RingCrowd } from '../../../bench/src/ring/ring-crowd.ts';
import { RingOfProcesses } from '../../../bench/src/ring/ring-of-processes.ts';
import { LinkProxy } from './link-proxy.ts';
import { fillDisk, hasSmallDisks, mountSmallDisk } from './small-disk.ts';

const PEOPLE = 40;
/** Some are left out while a node stands still: more than 1,000 a second are meant to go. */
const LOAD = { perSecond: 1_100, seconds: 18, everyMs: 20 };
const SETTLE_MS = 60_000;

let ring: RingOfProcesses;
let crowd: RingCrowd;
/** In front of two nodes: whom others call there. */
let proxies: LinkProxy[];
const smallDisk = hasSmallDisks();

/** What goes wrong, one after the other, while messages flow. */
async function trouble(): Promise<void> {
  const [killed, stopped, , , full] = ring.nodes;
  await pause(2_000);
  await killed!.kill();
  await pause(1_500);
  await killed!.start();
  await pause(1_500);
  stopped!.signal('SIGSTOP');
  await pause(2_500);
  stopped!.signal('SIGCONT');
  await pause(1_000);
  // Nobody reaches these two, and they reach everybody else: it is the link between them that is cut.
  for (const proxy of proxies) proxy.cut();
  await pause(1_000);
  const giveBack = smallDisk ? fillDisk(full!) : () => undefined;
  await pause(2_500);
  giveBack();
  for (const proxy of proxies) proxy.mend();
}

describe('five nodes', () => {
  beforeAll(async () => {
    const ports = await Promise.all([freePort(), freePort()]);
    proxies = await Promise.all(ports.map((port) => LinkProxy.to(port)));
    ring = await RingOfProcesses.start([
      {},
      {},
      ...proxies.map(({ port }, at) => ({
        port: ports[at]!,
        args: ['--public-url', `ws://127.0.0.1:${port}`],
      })),
      smallDisk ? { mount: mountSmallDisk } : {},
    ]);
    crowd = new RingCrowd(ring.places, PEOPLE);
    await crowd.open();
  });
  afterAll(async () => {
    crowd?.close();
    await ring?.stop();
    for (const proxy of proxies ?? []) proxy.close();
  });

  it('RING-10, RING-13, RING-20: killed, stopped, cut off and full: nothing that was stored is lost, nothing comes twice', async () => {
    const [run] = await Promise.all([crowd.run(LOAD), trouble()]);
    const { sent, stored, lost, doubled, copies, attempts } = await crowd.settle(SETTLE_MS);
    const rate = Math.round(run.sent / run.seconds);
    const disk = smallDisk ? '' : '; no full disk: this system lets no process mount one';
    console.log(
      `${rate} messages a second, ${sent} sent, ${run.stored} stored meanwhile, ${run.leftOut} left out; ` +
        `${attempts} times another node was asked, ${copies} copies were set aside${disk}`,
    );
    expect(lost).toEqual([]);
    expect(doubled).toEqual([]);
    expect(stored).toBe(sent);
    expect(sent).toBeGreaterThan(1_000);
    for (const { log } of ring.nodes) expect(log).not.toContain('peer-cut-off');
  });
});
