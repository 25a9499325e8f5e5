import { type InnerList, isInnerList, type Parameters, parseDictionary, serializeInnerList } from 'structured-headers';
import { ApiProblem } from '../problem.ts';

/** One signature of a request, as its headers have it (RFC 9421, section 4). */
export interface SignatureInput {
  /** Names of what is covered, in order. */
  readonly components: readonly string[];
  readonly parameters: Parameters;
  /** The value of `@signature-params`. */
  readonly serialized: string;
  readonly signature: Uint8Array;
}

/** Signatures that others made on the way are passed over. */
const MAX_SIGNATURES = 4;
const MAX_COMPONENTS = 16;

/**
 * Finds the one signature with this tag.
 * @param tag null: the only one there is
 * @throws ApiProblem signature-missing, signature-malformed
 */
export function readSignature(inputHeader: string, signatureHeader: string, tag: string | null): SignatureInput {
  if (inputHeader === '' || signatureHeader === '') throw new ApiProblem('signature-missing');
  const inputs = parsed(inputHeader);
  const signatures = parsed(signatureHeader);
  if (inputs.size > MAX_SIGNATURES) throw malformed('There are too many signatures.');
  const tagged = [...inputs].filter(([, [, parameters]]) => tag === null || parameters.get('tag') === tag);
  if (tagged.length === 0) throw new ApiProblem('signature-missing', { detail: `None has the tag "${tag}".` });
  const [label, input] = tagged[0]!;
  const [signature] = signatures.get(label) ?? [];
  if (tagged.length > 1 || !isInnerList(input) || !(signature instanceof ArrayBuffer)) throw malformed();
  return {
    components: namesOf(input),
    parameters: input[1],
    serialized: serializeInnerList(input),
    signature: new Uint8Array(signature),
  };
}

/** Parameters of components (`;req`, `;key`) would let a signature cover something else than its name says. */
function namesOf([items]: InnerList): string[] {
  const names = items.map(([name, parameters]) => {
    if (typeof name !== 'string' || parameters.size > 0) throw malformed('Components have no parameters here.');
    return name;
  });
  if (names.length > MAX_COMPONENTS || new Set(names).size !== names.length) throw malformed();
  return names;
}

function parsed(header: string): ReturnType<typeof parseDictionary> {
  try {
    return parseDictionary(header);
  } catch {
    throw malformed();
  }
}

const malformed = (detail?: string): ApiProblem =>
  new ApiProblem('signature-malformed', detail === undefined ? {} : { detail });
