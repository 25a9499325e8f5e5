import type { Link } from '../links/link.ts';
import type { PeerLink } from './peer-link.ts';

/** One link to another node. Two may exist for a moment; which one stays is decided when both have said hello. */
export interface PeerEnd {
  readonly peer: PeerLink;
  /** This side opened it. */
  readonly dialed: boolean;
  /** 8 B, from the other side's hello; null: it has not come yet. */
  boot: Uint8Array | null;
  /** Requests of the other side that are not answered yet. */
  answering: number;
  answeringBytes: number;
  readonly link: Link;
}
