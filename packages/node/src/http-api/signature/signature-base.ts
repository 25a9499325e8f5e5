import { utf8 } from '@sotto/protocol/crypto';
import { ApiProblem } from '../problem.ts';
import type { SignatureInput } from './signature-input.ts';

/** A request as it came, before anybody made sense of it. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** All values of a header; names are lower-case. */
  readonly headers: Readonly<Partial<Record<string, readonly string[]>>>;
}

/** One string for a header, however many lines it came in (RFC 9421, section 2.1). Empty: there is none. */
export const headerOf = ({ headers }: RawRequest, name: string): string =>
  (headers[name] ?? []).map((value) => value.trim()).join(', ');

const pathOf = ({ target }: RawRequest): string => target.split('?', 1)[0]!;

/** With its question mark, also when it is empty (RFC 9421, section 2.2.7). */
const queryOf = ({ target }: RawRequest): string => {
  const at = target.indexOf('?');
  return at < 0 ? '?' : target.slice(at);
};

const DERIVED: Readonly<Record<string, (request: RawRequest) => string>> = {
  '@method': ({ method }) => method,
  '@authority': (request) => headerOf(request, 'host').toLowerCase(),
  '@path': pathOf,
  '@query': queryOf,
  '@request-target': ({ target }) => target,
};

/**
 * What was signed (RFC 9421, section 2.5).
 * @throws ApiProblem signature-malformed: it covers what this request does not have, or what is not looked at here
 */
export function signatureBase(request: RawRequest, { components, serialized }: SignatureInput): Uint8Array {
  const lines = components.map((name) => `"${name}": ${valueOf(request, name)}`);
  return utf8([...lines, `"@signature-params": ${serialized}`].join('\n'));
}

function valueOf(request: RawRequest, name: string): string {
  const derived = DERIVED[name];
  if (derived !== undefined) return derived(request);
  if (name.startsWith('@') || name !== name.toLowerCase() || request.headers[name] === undefined) {
    throw new ApiProblem('signature-malformed', { detail: 'It covers a component that is not there.' });
  }
  return headerOf(request, name);
}
