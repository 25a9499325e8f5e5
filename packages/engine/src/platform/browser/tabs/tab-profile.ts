import type { EngineEvent } from '../../../api.ts';
import type { ProfileState } from '../profile-client.ts';
import type { PerformCall } from '../rpc/served-calls.ts';

export interface TabHooks {
  readonly onState: (state: ProfileState) => void;
  readonly onEvent: (event: EngineEvent) => void;
  /** How far the history goes that the page can have seen. */
  readonly onPosition: (position: number) => void;
}

/** A profile as the worker of one tab has it. */
export interface TabProfile {
  readonly perform: PerformCall;
  /** Lets go of it. */
  close(): Promise<void>;
}
