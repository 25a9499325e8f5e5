import type { LinkIdentity } from '@sotto/protocol/link';
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionPlatform, NodeRoute } from './connection.ts';
import { openLink } from './open-link.ts';
import type { NodeLink } from './node-link.ts';

/**
 * One request over a certified link that is not attached: what a device has to say before it may attach.
 * @throws ConnectionError; a refusal of the node is `refused`
 */
export async function requestOnce(
  platform: ConnectionPlatform,
  route: NodeRoute,
  identity: LinkIdentity,
  body: FrameBody,
): Promise<FrameBody> {
  const link = await openAny(platform, route, identity);
  try {
    return await link.request(body);
  } finally {
    void link.close();
  }
}

async function openAny(platform: ConnectionPlatform, route: NodeRoute, identity: LinkIdentity): Promise<NodeLink> {
  let failure: unknown = new ConnectionError('bad-url', 'No address of the node is known.');
  for (const url of route.urls) {
    try {
      const events = { onNews: () => undefined, onEnd: () => undefined };
      return await openLink({ platform, route, url, cipher: null, proof: { identity }, events }).link;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
