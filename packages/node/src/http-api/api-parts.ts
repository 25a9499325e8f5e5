import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { AttachSchema, create, type Frame } from '@sotto/protocol/wire';
import type { Attacher } from '../delivery/attacher.ts';
import type { Deliveries } from '../delivery/deliveries.ts';
import type { Outlet } from '../delivery/outlet.ts';
import type { Limits } from '../limits.ts';
import type { Caller } from '../links/caller.ts';
import type { Dispatcher } from '../links/dispatcher.ts';
import type { Link } from '../links/link.ts';
import type { LinkAcceptor } from '../links/link-acceptor.ts';
import type { Log } from '../log.ts';
import type { NodeIdentity } from '../node-identity.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { AccessCache } from '../relay/access-cache.ts';
import type { SigningKeys } from '../ring/keep/signing-keys.ts';
import type { RelayStore } from '../store/relay-store.ts';
import type { Wake } from '../wake/wake.ts';

/** What of a node the HTTP interface works with: the parts that links work with. */
export interface ApiParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly spread: (baseMs: number) => number;
  /** When this node began, ms since 1970. */
  readonly startedMs: number;
  readonly urls: readonly string[];
  readonly isRoom: boolean;
  /** Encoded NodeDescriptor. */
  readonly descriptor: { at(nowMs: number): Uint8Array };
  readonly access: AccessCache;
  readonly keys: SigningKeys;
  readonly attacher: Pick<Attacher, 'taken'>;
  /** null: there is no other edge. */
  readonly wake: Pick<Wake, 'takeNonce'> | null;
  /** null: a live node. */
  readonly stored: {
    readonly store: RelayStore;
    readonly deliveries: Deliveries;
  } | null;
  /** Answers what a link would ask. */
  readonly ask: (caller: Caller, frame: Frame) => void;
  /** The caller's device is attached by it from now on. */
  readonly attach: (caller: Caller) => void;
  /** Without effect when it was not, or is no longer. */
  readonly detach: (caller: Caller) => void;
  /** An outlet by which the caller's device can acknowledge, beside the one by which it is attached. */
  readonly beside: (caller: Caller) => Outlet;
  /** Higher than that of every link and poll before. */
  readonly nextSerial: () => number;
}

type Given = Omit<ApiParts, 'ask' | 'attach' | 'detach' | 'beside' | 'nextSerial' | 'attacher'> & {
  readonly attacher: Attacher;
  readonly dispatcher: Dispatcher;
  readonly acceptor: LinkAcceptor;
};

const REQUEST = 1;

/** A caller has whatever of a link the desks look at: they need not know which of the two it is. */
const asLink = (caller: Caller): Link => caller as Link;

export function apiPartsOf({ dispatcher, acceptor, ...given }: Given): ApiParts {
  const { attacher, stored } = given;
  return {
    ...given,
    ask: (caller, frame) => dispatcher.handle(asLink(caller), frame),
    attach: (caller) => attacher.attach(asLink(caller), REQUEST, create(AttachSchema, {})),
    detach: (caller) => attacher.detach(asLink(caller)),
    beside: (caller) => stored!.deliveries.openBeside(asLink(caller), caller.owner!.account, caller.owner!.device),
    nextSerial: () => acceptor.nextSerial(),
  };
}
