import { describe, expect, it } from 'vitest';
import { checkRoomKey } from './check-room-key.ts';
import { VirtualNetwork } from './testing/virtual-network.ts';

const URL = 'ws://room.example';

/** What becomes of it, once everything that is under way has come. */
async function outcome(network: VirtualNetwork, url: string, key: Uint8Array): Promise<unknown> {
  const result = checkRoomKey(network.platform, url, key).then(
    () => 'right',
    (error: unknown) => error,
  );
  await network.clock.advance(30_000);
  return await result;
}

describe('LNKC-13: the key of a private room, before anything is made', () => {
  it('is right where the node takes it, and the node learns nobody of it', async () => {
    const network = new VirtualNetwork();
    const psk = network.random(32);
    const node = network.node(URL, { psk });
    expect(await outcome(network, URL, psk)).toBe('right');
    expect(node.link.subprotocol).toBe('sotto.1.Noise_NKpsk2_25519_AESGCM_SHA256');
    expect(node.link.certificate).toBe(null);
    expect(node.link.closedWith).toBe(1000);
  });

  it('is wrong where the node has another one, or takes none', async () => {
    const network = new VirtualNetwork();
    network.node(URL, { psk: network.random(32) });
    expect(await outcome(network, URL, network.random(32))).toMatchObject({
      code: 'wrong-psk',
      spoken: { said: [{ name: 'node-wrong-psk' }] },
    });
    network.node('ws://open.example');
    expect(await outcome(network, 'ws://open.example', network.random(32))).toMatchObject({
      code: 'wrong-psk',
      spoken: { said: [{ name: 'node-takes-no-psk' }] },
    });
  });

  it('is not told where nobody answers', async () => {
    const network = new VirtualNetwork();
    expect(await outcome(network, 'ws://nobody.example', network.random(32))).toMatchObject({ code: 'unreachable' });
  });
});
