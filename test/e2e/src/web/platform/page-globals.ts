import type { EngineEvent } from '@sotto/engine/api';
import type { ProfileClient, ProfileState } from '@sotto/engine/platform/browser';

/** A profile as the page of these tests has it open. */
export interface Session {
  readonly client: ProfileClient;
  /** All so far. */
  readonly events: EngineEvent[];
  readonly states: ProfileState[];
}

declare global {
  /** Of the page: opens a profile, which is `session` from then on. null: a private session. */
  var openSession: (profile: string | null) => Session;
  var session: Session;
  /** Of the page: a link under way. */
  var linking: { controller: AbortController; codes: string[]; done: Promise<unknown> };
  /** What came over a connection, and the code of its end; or why there was none. */
  var dial: (
    url: string,
    subprotocol: string,
    cancel: boolean,
  ) => Promise<{ messages: number[]; code: number } | { refused: unknown }>;
  /** Code and words of what `call` rejects with; null: it does not. */
  var refusal: (call: Promise<unknown>) => Promise<{ code: string; message: string } | null>;
}
