import { say } from '../sentences/say.ts';
import type { ConnectionPlatform } from './connection.ts';
import { wrongPsk } from './link-failure.ts';
import { discoverNode } from './node-discovery.ts';
import { openLink } from './open-link.ts';

/**
 * Whether this is the key of the private room at a URL, before anything is made that needs it (LNKC-13): asks which node
 * is there, and does an anonymous handshake with the key. Nobody is named to the node, and nothing is kept.
 * @throws ConnectionError: `wrong-psk` when it has another one or takes none; else why the node was not reached
 */
export async function checkRoomKey(platform: ConnectionPlatform, url: string, psk: Uint8Array): Promise<void> {
  const { node, network, linkKey, capabilities } = await discoverNode({ platform, url, pinnedNode: null });
  if (!capabilities.includes('psk')) throw wrongPsk(say('node-takes-no-psk'));
  const { link } = openLink({
    platform,
    route: { network, node, urls: [url], psk },
    url,
    cipher: null,
    proof: { remoteLinkKey: linkKey },
    events: { onNews: () => undefined, onEnd: () => undefined },
  });
  await (await link).close();
}
