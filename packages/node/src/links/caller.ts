import type { Link } from './link.ts';

/** Who asks something of a node's desks: the other end of a link, or an HTTP request in its place. */
export type Caller = Pick<
  Link,
  | 'owner'
  | 'serial'
  | 'remote'
  | 'peer'
  | 'tunnels'
  | 'outlet'
  | 'recipient'
  | 'closed'
  | 'slow'
  | 'send'
  | 'refuse'
  | 'refuseBusy'
  | 'begin'
  | 'end'
  | 'takeCold'
  | 'takeLive'
  | 'close'
  | 'fail'
>;
