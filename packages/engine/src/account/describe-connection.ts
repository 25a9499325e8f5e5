/** How this device is connected, in the words of the interface. */
import { sameBytes } from '@sotto/protocol/crypto';
import type { Connection } from '../api.ts';
import type { ConnectionState } from '../connection/index.ts';
import type { Route } from '../contacts/route.ts';
import { asEngineError } from '../engine-errors.ts';
import { toHex } from '../store/hex.ts';
import type { ProfileRecord } from './profile.ts';

export interface ConnectionFacts {
  readonly profile: ProfileRecord;
  readonly state: ConnectionState;
  /** All that waited is here. */
  readonly isSettled: boolean;
  readonly isRoom: boolean;
  /** The home that this device is attached to; null: none now. */
  readonly attached: Route | null;
  readonly homes: readonly Route[];
  /** Of them: that may lack keys or access of this device. */
  readonly behind: number;
  /** Outgoing messages not yet stored. */
  readonly waiting: number;
}

export function describeConnection(facts: ConnectionFacts): Connection {
  const { profile, state, isSettled, isRoom, waiting } = facts;
  const { url, home } = profile;
  const { error } = state;
  const offline = state.state === 'stopped' || (state.state === 'connecting' && error !== null);
  return {
    state: offline ? 'offline' : state.state === 'online' && isSettled ? 'online' : 'connecting',
    node: url,
    nodeId: home === null ? '' : toHex(home.node),
    waiting,
    ...(isRoom ? { room: true as const } : {}),
    ...describeHomes(facts),
    ...(facts.homes.length < 2 || facts.behind === 0 ? {} : { homesBehind: facts.behind }),
    ...(offline && error !== null
      ? { problem: error.message, said: error.spoken.said, code: asEngineError(error).code }
      : {}),
  };
}

/** Said where there is more than the one node whose address was given. */
function describeHomes({ profile: { home }, attached, homes }: ConnectionFacts): Partial<Connection> {
  const isOther = attached !== null && home !== null && !sameBytes(attached.node, home.node);
  if (homes.length < 2 && !isOther) return {};
  return {
    homes: homes.length,
    ...(attached === null ? {} : { attached: { node: attached.urls[0] ?? '', nodeId: toHex(attached.node) } }),
  };
}
