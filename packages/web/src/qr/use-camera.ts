import { useEffect, useState } from 'react';
import type { RefObject } from 'react';
import { CameraError, showCamera } from './camera.ts';
import type { CameraProblem } from './camera.ts';
import { QrReader } from './qr-reader.ts';

/** Between two frames that are read, so that a slow phone stays cool. */
const FRAME_MS = 80;

export type CameraState = 'starting' | 'on' | CameraProblem;

/**
 * Looks for codes through the camera while it is mounted and the page is seen; off at once otherwise.
 * @param onText every code that is seen, the same one again and again while it is there; must not change
 */
export function useCamera(video: RefObject<HTMLVideoElement | null>, onText: (text: string) => void): CameraState {
  const [state, setState] = useState<CameraState>('starting');
  const isSeen = useIsSeen();
  useEffect(() => {
    const element = video.current;
    if (!isSeen || element === null) return;
    const abort = new AbortController();
    look(element, abort.signal, onText, () => setState('on')).catch((error: unknown) => {
      if (!abort.signal.aborted) setState(error instanceof CameraError ? error.code : 'failed');
      abort.abort();
    });
    return () => {
      abort.abort();
      setState('starting');
    };
  }, [video, isSeen, onText]);
  return state;
}

async function look(
  video: HTMLVideoElement,
  signal: AbortSignal,
  onText: (text: string) => void,
  onShown: () => void,
): Promise<void> {
  await showCamera(video, signal);
  if (signal.aborted) return;
  onShown();
  const reader = new QrReader();
  signal.addEventListener('abort', () => reader.close(), { once: true });
  while (!signal.aborted) {
    const text = await reader.readFrame(video).catch(() => null);
    if (signal.aborted) return;
    if (text !== null) onText(text);
    await new Promise((resolve) => {
      setTimeout(resolve, FRAME_MS);
    });
  }
}

function useIsSeen(): boolean {
  const [isSeen, setIsSeen] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const note = (): void => setIsSeen(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', note);
    return () => document.removeEventListener('visibilitychange', note);
  }, []);
  return isSeen;
}
