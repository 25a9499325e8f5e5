import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { PresentPeer } from '@sotto/engine/api';
import type { RoomLine } from '../state/room-store.ts';
import { useSession } from '../state/session.tsx';
import { useWhoami } from '../state/whoami.ts';

/** The others who are at the node now, by name; null: it tells nobody. */
export function usePresent(): readonly PresentPeer[] | null {
  const own = useWhoami()?.address;
  const present = useStore(useSession().room, (state) => state.present);
  return useMemo(
    () =>
      present === null
        ? null
        : present.filter(({ address }) => address !== own).sort((a, b) => a.name.localeCompare(b.name)),
    [present, own],
  );
}

export function useRoomLines(): readonly RoomLine[] {
  return useStore(useSession().room, (state) => state.lines);
}

export function useUnseenLines(): number {
  return useStore(useSession().room, (state) => state.unseen);
}
