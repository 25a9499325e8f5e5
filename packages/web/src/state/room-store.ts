import { createStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { EngineEvent, PresentPeer } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';

type Said = Extract<EngineEvent, { type: 'room' }>;
type Presence = Extract<EngineEvent, { type: 'presence' }>;

/** A line of the room; `came`, `left`: of somebody, without words; `operator`: of who runs the node. */
export interface RoomLine {
  readonly id: number;
  readonly kind: 'said' | 'came' | 'left' | 'operator';
  /** Address; empty: the operator. */
  readonly from: string;
  readonly name: string;
  readonly text: string;
  /** ms since 1970 */
  readonly at: number;
}

export interface RoomStore {
  /** Who is at the node now, oneself as well; null: a node that keeps mail tells nobody. */
  readonly present: readonly PresentPeer[] | null;
  /** What was said since this page is open, oldest first: nobody keeps it. */
  readonly lines: readonly RoomLine[];
  /** Lines that were said by others while it was not looked at. */
  readonly unseen: number;
  readonly setPresent: (present: readonly PresentPeer[] | null) => void;
  readonly hear: (line: Said, own: string | undefined) => void;
  readonly meet: (event: Presence, nowMs: number) => void;
  readonly announce: (announcement: { readonly text: string; readonly sentAt: number }) => void;
  /** While it is looked at, nothing is unseen. */
  readonly look: (isLookedAt: boolean) => void;
}

const MAX_LINES = 500;

export function createRoomStore(): StoreApi<RoomStore> {
  let last = 0;
  let isLookedAt = false;
  return createStore<RoomStore>((set) => {
    const add = (line: Omit<RoomLine, 'id'>, isNews: boolean): void => {
      last += 1;
      const next = { ...line, id: last, name: safeLine(line.name) };
      set(({ lines, unseen }) => ({
        lines: [...lines, next].slice(-MAX_LINES),
        unseen: isNews && !isLookedAt ? unseen + 1 : unseen,
      }));
    };
    return {
      present: null,
      lines: [],
      unseen: 0,
      setPresent: (present) => set({ present: present === null ? null : present.map(legible) }),
      hear: ({ from, name, text, sentAt }, own) => add({ kind: 'said', from, name, text, at: sentAt }, from !== own),
      meet: ({ peer, joined }, nowMs) => {
        set(({ present }) => {
          if (present === null) return {};
          const others = present.filter(({ address }) => address !== peer.address);
          return { present: joined ? [...others, legible(peer)] : others };
        });
        add({ kind: joined ? 'came' : 'left', from: peer.address, name: peer.name, text: '', at: nowMs }, false);
      },
      announce: ({ text, sentAt }) => add({ kind: 'operator', from: '', name: '', text, at: sentAt }, false),
      look: (looked) => {
        isLookedAt = looked;
        if (looked) set({ unseen: 0 });
      },
    };
  });
}

/** Names are written by others. */
const legible = (peer: PresentPeer): PresentPeer => ({ ...peer, name: safeLine(peer.name) });
