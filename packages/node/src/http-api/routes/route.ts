import type { BodyOf, FrameBody, FrameCase, StoredFrame } from '@sotto/protocol/wire';
import type { z } from 'zod';
import type { LinkOwner } from '../../links/link-owner.ts';
import type { ApiLimits } from '../api-limits.ts';
import type { ApiParts } from '../api-parts.ts';
import type { LongPolls } from '../long-polls.ts';
import type { ProblemCode } from '../problem.ts';

/** One request on its way to an answer. */
export interface Context<Query, Body> {
  readonly api: ApiParts;
  readonly limits: ApiLimits;
  readonly polls: LongPolls;
  readonly query: Query;
  readonly body: Body;
  /** As remoteKey() has it. */
  readonly remote: string;
  /** Who signed; null where nobody must. */
  readonly owner: LinkOwner | null;
  /** Asks what a link would ask. @throws ApiProblem, also when the answer is of another kind */
  readonly ask: <Case extends FrameCase>(body: FrameBody, expected: Case) => Promise<BodyOf<Case>['value']>;
  /** Receipts of what was asked last. */
  readonly receipts: () => readonly StoredFrame[];
  /** It waits now, and keeps nobody from being served. @param gone called when the client gives up */
  readonly wait: (gone: () => void) => void;
  /** Whether the device may still ask. @throws ApiProblem */
  readonly checkListed: () => Promise<void>;
}

/** A path and what it does: what the router, the validation and the document are made of (HTTP-1). */
export interface Route {
  readonly method: 'get' | 'post' | 'put';
  readonly path: string;
  /** Name of the operation in the document. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** Who must have signed: nobody, a listed device, or one that the device list in the body names. */
  readonly signer: 'nobody' | 'device' | 'device-with-list';
  /** Also on live nodes and in private rooms. */
  readonly everywhere: boolean;
  /** Also while the node goes away. */
  readonly whileDraining: boolean;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** Longest body; checked before it is read. */
  readonly maxBodyBytes: number;
  readonly answer: z.ZodType;
  readonly contentType: string;
  /** What it may answer beside the problems that every route has. */
  readonly problems: readonly ProblemCode[];
  /** @returns the answer; text as it is, everything else as JSON @throws ApiProblem */
  readonly run: (context: Context<never, never>) => object | string | Promise<object | string>;
}

type Given<Query extends z.ZodType | null, Body extends z.ZodType | null> = Omit<
  Partial<Route>,
  'query' | 'body' | 'run'
> &
  Pick<Route, 'method' | 'path' | 'name' | 'summary' | 'answer'> & {
    readonly query?: Query;
    readonly body?: Body;
    readonly run: (
      context: Context<
        Query extends z.ZodType ? z.output<Query> : null,
        Body extends z.ZodType ? z.output<Body> : null
      >,
    ) => object | string | Promise<object | string>;
  };

const MAX_BODY_BYTES = 8192;

/** Fills in what most routes have, and gives `run` the types of what is validated. */
export function route<Query extends z.ZodType | null = null, Body extends z.ZodType | null = null>(
  given: Given<Query, Body>,
): Route {
  return {
    description: '',
    signer: 'nobody',
    everywhere: false,
    whileDraining: given.everywhere ?? false,
    maxBodyBytes: given.body ? MAX_BODY_BYTES : 0,
    contentType: 'application/json',
    problems: [],
    ...given,
    query: given.query ?? null,
    body: given.body ?? null,
    run: given.run,
  };
}
