import type { Bundles, KeyCounts, PrekeyBundle, SignedKey, StoredFrame, View } from '@sotto/protocol/wire';
import { encode, NodeDescriptorSchema } from '@sotto/protocol/wire';
import { z } from 'zod';
import type { QueuedEnvelope } from '../../store/relay-store.ts';
import { base64url } from '../base64url.ts';
import { device, encoded, encodedText, timeMs, timeSeconds, whole } from './fields.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const count = (description: string) => whole(0, MAX, description);

const receipt = z
  .object({
    node: encoded(32, 'Who keeps it: the key of the signature.'),
    network: encoded(32, 'Network of that node.'),
    at: timeMs('When, by the clock of that node.'),
    leaves: count('Leaves of the Merkle tree of the commit.'),
    leaf: count('Which of them the envelope is.'),
    path: encodedText('Sibling hashes from the leaf up, 32 bytes each.'),
    signature: encoded(64, 'Ed25519 over "sotto/receipt/1", network, be64 at, be32 leaves, root (MB-5).'),
  })
  .meta({ id: 'Receipt', description: "A node's signature that the envelope is on its disk." });

export const storedAnswer = z
  .object({ id: encoded(32, 'Envelope id (MB-1).'), receipts: z.array(receipt).min(1) })
  .meta({ id: 'Stored', description: 'In a ring, receipts of as many homes as are enough (RING-13).' });

export const fetchedAnswer = z
  .object({
    envelopes: z.array(
      z.object({
        id: encoded(32, 'Envelope id: what is acknowledged.'),
        cursor: whole(1, MAX, 'Rises with each; `after` of the next question.'),
        expires: timeSeconds('Part of the id.'),
        body: encodedText('As it was sent.'),
      }),
    ),
    more: z.boolean().meta({ description: 'There may be more: ask again with the last cursor.' }),
  })
  .meta({ id: 'Fetched', description: 'What waits for the device. It stays until it is acknowledged.' });

export const keyCountsAnswer = z
  .object({
    oneTime: count('One-time keys left.'),
    oneTimeKyber: count('One-time ML-KEM keys left.'),
    deviceListRevision: count('Of the list held here.'),
  })
  .meta({ id: 'KeyCounts' });

const signedKey = z.object({
  id: count('Number of the key.'),
  key: encodedText('The key.'),
  signature: encoded(64, 'XEdDSA.'),
});
const list = z
  .object({ body: encodedText('DeviceListBody (protobuf).'), signature: encoded(64, 'By the account.') })
  .meta({ id: 'DeviceList' });

export const bundlesAnswer = z
  .object({
    deviceList: list,
    bundles: z.array(
      z.object({
        device: device(),
        registrationId: count('Of the device.'),
        signedPrekey: signedKey,
        kyberPrekey: signedKey.meta({ description: 'A one-time key, or the last resort.' }),
        oneTime: z.object({ id: count('Number of the key.'), key: encodedText('The key.') }).optional(),
        sealKey: z.object({
          id: count('Number of the key.'),
          key: encodedText('X-Wing key.'),
          until: timeMs('Nobody seals to it later.'),
          signature: encoded(64, 'By the signing key of the device.'),
        }),
      }),
    ),
  })
  .meta({ id: 'Bundles', description: 'All signatures are to be checked by whoever asks.' });

export const deviceListAnswer = z.object({ deviceList: list }).meta({ id: 'DeviceListAnswer' });

export const viewAnswer = z
  .object({
    hash: encoded(8, 'Of the view of this epoch.'),
    epoch: count('Number of the epoch.'),
    total: count('How many descriptors there are.'),
    descriptors: z.array(encodedText('NodeDescriptor (protobuf), signed by its node.')),
  })
  .meta({ id: 'Ring', description: 'The nodes of the network, a page of them.' });

/** @param own of this node: receipts that name no node are its own */
export function receiptsOf(stored: readonly StoredFrame[], own: Uint8Array, network: Uint8Array) {
  return stored.flatMap(({ at, leaves, signature, node, items }) =>
    items.map(({ leaf, path }) => ({
      node: base64url(node.length === 0 ? own : node),
      network: base64url(network),
      at,
      leaves,
      leaf,
      path: base64url(path),
      signature: base64url(signature),
    })),
  );
}

/** @param page cut off where it becomes too large */
export function fetchedOf(page: readonly QueuedEnvelope[], limit: number, mostBytes: number) {
  const envelopes: z.infer<typeof fetchedAnswer>['envelopes'] = [];
  let bytes = 0;
  for (const { id, sequence, expires, body } of page) {
    if (envelopes.length > 0 && bytes + body.length > mostBytes) break;
    bytes += body.length;
    envelopes.push({ id: base64url(id), cursor: sequence, expires, body: base64url(body) });
  }
  return { envelopes, more: envelopes.length < page.length || page.length === limit };
}

export const keyCountsOf = ({ oneTime, oneTimeKyber, deviceListRevision }: KeyCounts) => ({
  oneTime,
  oneTimeKyber,
  deviceListRevision: Number(deviceListRevision),
});

export const deviceListOf = ({ deviceList }: Bundles) => ({
  deviceList: { body: base64url(deviceList!.body), signature: base64url(deviceList!.signature) },
});

export const bundlesOf = (answer: Bundles) => ({ ...deviceListOf(answer), bundles: answer.bundles.map(bundleOf) });

function bundleOf({ device: number, registrationId, signedPrekey, kyberPrekey, oneTime, sealKey }: PrekeyBundle) {
  return {
    device: number,
    registrationId,
    signedPrekey: signedKeyOf(signedPrekey!),
    kyberPrekey: signedKeyOf(kyberPrekey!),
    ...(oneTime === undefined ? {} : { oneTime: { id: oneTime.id, key: base64url(oneTime.key) } }),
    sealKey: { ...signedKeyOf(sealKey!), until: Number(sealKey!.until) },
  };
}

const signedKeyOf = ({ id, key, signature }: Pick<SignedKey, 'id' | 'key' | 'signature'>) => ({
  id,
  key: base64url(key),
  signature: base64url(signature),
});

export const viewOf = ({ hash, epoch, total, descriptors }: View) => ({
  hash: base64url(hash),
  epoch: Number(epoch),
  total,
  descriptors: descriptors.map((descriptor) => base64url(encode(NodeDescriptorSchema, descriptor))),
});
