/** The camera, as long as it is needed and not a moment longer. */

/**
 * `refused`: by the person or the system. `none`: there is none. `busy`: another program has it. `missing`: this browser
 * or this page has no way to it.
 */
export type CameraProblem = 'refused' | 'none' | 'busy' | 'missing' | 'failed';

export class CameraError extends Error {
  readonly code: CameraProblem;
  constructor(code: CameraProblem, options?: ErrorOptions) {
    super(code, options);
    this.name = 'CameraError';
    this.code = code;
  }
}

const PROBLEMS: Readonly<Record<string, CameraProblem>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/**
 * Shows the camera that looks away from the person, where there are two, in `video`, until `signal` aborts. What the
 * browser grants after that is given back unused.
 * @throws CameraError
 */
export async function showCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new CameraError('missing');
  const stream = await devices
    .getUserMedia({
      audio: false,
      video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
    })
    .catch((error: unknown) => {
      throw new CameraError(PROBLEMS[(error as Error).name] ?? 'failed', { cause: error });
    });
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  if (signal.aborted) return stop();
  signal.addEventListener('abort', stop, { once: true });
  video.srcObject = stream;
  try {
    await video.play();
  } catch (error) {
    // Playing is interrupted where it is stopped before it began.
    if (!signal.aborted) throw new CameraError('failed', { cause: error });
  }
}
