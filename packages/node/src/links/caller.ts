import type { Link } from './link.ts';

/** What only the parts that carry links look at. */
type OfLinksAlone = 'lastHeardMs' | 'hold' | 'release' | 'flush' | 'abandon';

/**
 * Who asks something of a node's desks: the other end of a link, or an HTTP request in its place. Everything public of
 * a Link but the above: whatever the desks come to ask of a link, a request must have as well.
 */
export type Caller = { [Member in Exclude<keyof Link, OfLinksAlone>]: Link[Member] };
