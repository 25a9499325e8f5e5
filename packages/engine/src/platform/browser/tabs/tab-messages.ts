import type { EngineEvent } from '../../../api.ts';
import { isObject } from '../../../rpc/json-rpc.ts';
import type { ProfileState } from '../profile-client.ts';

/** What the tabs of a profile say to each other; all hear all. `tab` and `leader` are random names, new each time. */
export type TabMessage =
  /** Who leads? */
  | { readonly kind: 'hello'; readonly protocol: number }
  /**
   * I do; said when it is asked, and at each change of state. `term` rises from leader to leader. `key`: what another
   * tab needs to take over a profile that is locked with a passphrase and open now.
   */
  | {
      readonly kind: 'leader';
      readonly protocol: number;
      readonly leader: string;
      readonly term: number;
      readonly state: ProfileState;
      readonly key: Uint8Array | null;
    }
  /** A leader with this term was heard before: who leads now takes a larger one. The clock may have gone back. */
  | { readonly kind: 'term'; readonly term: number }
  /** `message`: a JSON-RPC request or notification. */
  | { readonly kind: 'ask'; readonly leader: string; readonly tab: string; readonly message: object }
  | { readonly kind: 'answer'; readonly leader: string; readonly tab: string; readonly message: object }
  | { readonly kind: 'event'; readonly leader: string; readonly event: EngineEvent };

export function asTabMessage(data: unknown): TabMessage | null {
  return isObject(data) && typeof data['kind'] === 'string' ? (data as unknown as TabMessage) : null;
}

/** Web Lock of who runs the profile (TAB-3). */
export const leaderLock = (profile: string): string => `sotto/${profile}/leader`;
/** Web Lock that a tab holds as long as it lives. */
export const tabLock = (profile: string, tab: string): string => `sotto/${profile}/tab/${tab}`;
export const channelName = (profile: string): string => `sotto/${profile}`;
