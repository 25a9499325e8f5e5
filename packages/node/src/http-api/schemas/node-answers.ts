import { z } from 'zod';
import { PROBLEMS } from '../problem.ts';
import { encoded, encodedText, timeMs, whole } from './fields.ts';

const count = (description: string) => whole(0, Number.MAX_SAFE_INTEGER, description);

export const nodeAnswer = z
  .object({
    node: encoded(32, 'Id of the node (Ed25519): what signatures name, and receipts are checked with.'),
    network: encoded(32, 'Id of its network.'),
    descriptor: encodedText('NodeDescriptor (protobuf), signed by the node.'),
    urls: z.array(z.string()).meta({ description: 'Where its WebSocket is.' }),
    keeps: z.boolean().meta({
      description: 'Whether it keeps envelopes for people who are away. Without, it is used by WebSocket alone.',
    }),
    room: z.boolean().meta({ description: 'Whether it is a private room, which is used by WebSocket alone.' }),
    now: timeMs('Clock of the node.'),
    versions: z.array(z.string()).meta({ description: 'Versions of this interface that it speaks.' }),
  })
  .meta({ id: 'Node' });

export const limitsAnswer = z
  .object({
    bodySizes: z.array(count('Bytes.')).meta({ description: 'Sizes that the body of an envelope may have.' }),
    maxExpirySeconds: count('How far ahead an expiry may be.'),
    fetchEnvelopes: count('Envelopes in one answer.'),
    maxWaitSeconds: count('Longest wait of a poll.'),
    acknowledgedIds: count('Ids in one acknowledgement.'),
    oneTimeKeys: count('One-time keys in one upload.'),
    oneTimeKyberKeys: count('One-time ML-KEM keys in one upload.'),
    requestBytes: z.record(z.string(), count('Bytes.')).meta({ description: 'Longest body, by method and path.' }),
    requestsPerSecond: count('Of one address, after a burst of five times as many.'),
    signatureSeconds: count('How far `created` may be from the clock of the node.'),
  })
  .meta({ id: 'Limits' });

const codes = Object.keys(PROBLEMS) as [keyof typeof PROBLEMS, ...(keyof typeof PROBLEMS)[]];

export const problemAnswer = z
  .object({
    type: z.string().meta({ description: '`/v1#` and the code: an entry of the reference page.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What can be done about it.' }),
    code: z.enum(codes),
    retryMs: z.int().optional().meta({ description: 'When to try again; Retry-After says the same in seconds.' }),
    now: z
      .int()
      .optional()
      .meta({ description: 'Clock of the node, in seconds, where a signature was made at another time.' }),
    at: z.int().optional().meta({ description: 'Where something newer is held: its time, in milliseconds.' }),
    receipts: z.array(z.object({})).optional().meta({ description: 'Receipts that came, though too few.' }),
    versions: z.array(z.string()).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

export const doneAnswer = z.object({}).meta({ id: 'Done', description: 'It is done, and on the disk.' });
