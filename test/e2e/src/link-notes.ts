import type { NodeCore } from '@sotto/node';
import { LinkChannel, LinkResponder, type Socket } from '@sotto/protocol/link';
import { decodePacket, type Frame } from '@sotto/protocol/wire';

/** A frame, the account that proved itself on its link (null: an anonymous one), which link it was, and when. */
interface NotedFrame {
  readonly link: number;
  readonly account: Uint8Array | null;
  readonly frame: Frame;
  readonly atMs: number;
}

/** One Noise message as it passed. */
interface NotedMessage {
  readonly link: number;
  readonly bytes: Uint8Array;
}

/** When a link was there, and from where. */
interface NotedLink {
  /** Key of the network address. */
  readonly remote: string;
  readonly openedMs: number;
  /** null: still open. */
  closedMs: number | null;
}

/** Everything that passes the links of a node, written down. */
export interface LinkNotes {
  /** What came over the network, as it came: of each link in order. */
  readonly raw: NotedMessage[];
  /** What went out, as it went. */
  readonly rawOut: NotedMessage[];
  /** WebSocket subprotocol of each link. */
  readonly links: string[];
  /** The same links: addresses and times. */
  readonly ends: NotedLink[];
  /** Decoded. */
  readonly frames: NotedFrame[];
  /** What it answered and pushed. */
  readonly told: NotedFrame[];
}

export const noNotes = (): LinkNotes => ({ raw: [], rawOut: [], links: [], ends: [], frames: [], told: [] });

interface TappedLink {
  readonly notes: LinkNotes;
  readonly link: number;
  readonly now: () => number;
}

/** From now on `notes` has all that `core` sees. Clients in the same process are left alone. */
export function noteLinks(core: NodeCore, notes: LinkNotes, now: () => number): void {
  tapLinks();
  const accept = core.accept.bind(core);
  core.accept = (socket, subprotocol, remote) => {
    const link = notes.links.push(subprotocol) - 1;
    const end: NotedLink = { remote, openedMs: now(), closedMs: null };
    notes.ends.push(end);
    const tapped = { notes, link, now };
    tapOutput(socket, tapped);
    accept(socket, subprotocol, remote);
    tapInput(socket, tapped, end);
  };
}

/** The link whose message is being taken in: what is opened meanwhile came on it. */
let current: TappedLink | null = null;

function tapInput(socket: Socket, tapped: TappedLink, end: NotedLink): void {
  let hear = socket.onMessage;
  const listen = (message: Uint8Array): void => {
    // A copy: links open messages in place.
    tapped.notes.raw.push({ link: tapped.link, bytes: Uint8Array.from(message) });
    current = tapped;
    try {
      hear(message);
    } finally {
      current = null;
    }
  };
  Object.defineProperty(socket, 'onMessage', {
    get: () => listen,
    set: (next: typeof hear) => {
      hear = next;
    },
  });
  let ended = socket.onClose;
  const onClose: Socket['onClose'] = (code, reason) => {
    end.closedMs ??= tapped.now();
    ended(code, reason);
  };
  Object.defineProperty(socket, 'onClose', {
    get: () => onClose,
    set: (next: typeof ended) => {
      ended = next;
    },
  });
}

function tapOutput(socket: Socket, { notes, link }: TappedLink): void {
  const send = socket.send.bind(socket);
  socket.send = (message) => {
    notes.rawOut.push({ link, bytes: Uint8Array.from(message) });
    send(message);
  };
}

let tapping = false;

/** Channels of nodes of this process; those of clients in it are left alone. */
function tapLinks(): void {
  if (tapping) return;
  tapping = true;
  const ends = new WeakMap<LinkChannel, TappedLink & { readonly account: Uint8Array | null }>();
  // oxlint-disable typescript/unbound-method -- called with the link they belong to
  const { receive } = LinkResponder.prototype;
  const { open, seal } = LinkChannel.prototype;
  // oxlint-enable typescript/unbound-method
  LinkResponder.prototype.receive = function (message) {
    const step = receive.call(this, message);
    if (step.done && current !== null) {
      ends.set(this.channel, { ...current, account: this.certificate?.account ?? null });
    }
    return step;
  };
  LinkChannel.prototype.open = function (...args) {
    const frames = open.apply(this, args);
    const end = ends.get(this);
    for (const frame of frames) end?.notes.frames.push({ ...nameOf(end), frame: structuredClone(frame) });
    return frames;
  };
  LinkChannel.prototype.seal = function (packet, out) {
    const end = ends.get(this);
    if (end !== undefined) {
      for (const frame of decodePacket(Uint8Array.from(packet))) end.notes.told.push({ ...nameOf(end), frame });
    }
    return seal.call(this, packet, out);
  };
}

const nameOf = ({ link, account, now }: TappedLink & { account: Uint8Array | null }): Omit<NotedFrame, 'frame'> => ({
  link,
  account,
  atMs: now(),
});
