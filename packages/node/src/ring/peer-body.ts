import { create, type FrameBody, type Peer, PeerSchema } from '@sotto/protocol/wire';

/** What nodes say to each other: one of the bodies of a Peer frame. */
export type PeerBody = Exclude<Peer['body'], { case: undefined }>;
export type PeerBodyCase = PeerBody['case'];
export type PeerValueOf<Case extends PeerBodyCase> = Extract<PeerBody, { case: Case }>['value'];

export const peerFrame = (body: PeerBody): FrameBody => ({ case: 'peer', value: create(PeerSchema, { body }) });

const SMALL = 256;
const PER_ITEM = 128;
/** What has a signature to be verified weighs more than its bytes: checking 500 a second is enough. */
const SIGNATURE = 8192;

/** About how many bytes it takes on the wire, for windows and rates. */
export function weightOf(body: Peer['body']): number {
  switch (body.case) {
    case 'keep':
    case 'copies':
      return body.value.items.reduce((sum, item) => sum + PER_ITEM + item.body.length, SMALL);
    case 'gossip':
      return (
        SMALL + SIGNATURE * (body.value.descriptors.length + body.value.renewals.length + body.value.proofs.length)
      );
    case 'reconcile':
      return body.value.ranges.reduce((sum, { ids }) => sum + 64 + ids.length, SMALL);
    case 'partitions':
      return SMALL + body.value.digests.length * 32;
    case 'account':
      return 16_384;
    default:
      return SMALL;
  }
}
