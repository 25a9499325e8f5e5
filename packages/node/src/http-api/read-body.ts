import type { IncomingMessage } from 'node:http';
import { ApiProblem } from './problem.ts';

/**
 * The whole body; more than `most` bytes are neither kept nor waited for.
 * @throws ApiProblem too-large
 */
export async function readBody(request: IncomingMessage, most: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw new ApiProblem('too-large');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) throw new ApiProblem('too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** @throws ApiProblem unsupported-media-type, bad-request */
export function parseJson(contentType: string, body: Uint8Array): unknown {
  if (!/^application\/json(;|$)/i.test(contentType.replaceAll(' ', ''))) throw new ApiProblem('unsupported-media-type');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ApiProblem('bad-request', { detail: 'The body is no JSON.' });
  }
}
