import { createContext, use, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { EngineEvent, EngineHandle } from '@sotto/engine/api';
import type { ProfileClient, ProfileState } from '@sotto/engine/platform/browser';

interface ProfileValue {
  readonly client: ProfileClient;
  /** It keeps nothing: gone with this tab. */
  readonly isPrivate: boolean;
  /** Leaves this profile for a private session, or a private session for the profile of this browser. */
  readonly switchTo: (kind: 'private' | 'kept') => void;
}

const ProfileContext = createContext<ProfileValue | null>(null);

export interface ProfileProviderProps extends ProfileValue {
  readonly children: ReactNode;
}

export function ProfileProvider({ client, isPrivate, switchTo, children }: ProfileProviderProps) {
  const value = useMemo(() => ({ client, isPrivate, switchTo }), [client, isPrivate, switchTo]);
  return <ProfileContext value={value}>{children}</ProfileContext>;
}

function useProfileValue(): ProfileValue {
  const value = use(ProfileContext);
  if (value === null) throw new Error('used outside of a ProfileProvider');
  return value;
}

export function useProfile(): ProfileClient {
  return useProfileValue().client;
}

export function useProfileState(): ProfileState {
  const profile = useProfile();
  return useSyncExternalStore(
    (listener) => profile.onState(listener),
    () => profile.state,
  );
}

/** The engine of the open profile. */
export function useEngine(): EngineHandle {
  return useProfile().engine;
}

export function useIsPrivate(): boolean {
  return useProfileValue().isPrivate;
}

export function useSwitchProfile(): (kind: 'private' | 'kept') => void {
  return useProfileValue().switchTo;
}

/** Calls `listener` for the engine's events while the component is shown; give a stable function. */
export function useEngineEvents(listener: (event: EngineEvent) => void): void {
  const engine = useEngine();
  useEffect(() => engine.on(listener), [engine, listener]);
}
