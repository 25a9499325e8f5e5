/** The page's side of the worker that reads codes. It is started with the first picture. */
import type { ReadAnswer, ReadRequest } from './qr-messages.ts';

/** Pictures are made smaller than this on their longer side; codes in larger ones are large themselves. */
const MAX_FRAME = 1280;
const MAX_PICTURE = 3000;
/** Larger files are refused before they are opened. */
const MAX_FILE_BYTES = 40_000_000;

export class QrReader {
  #worker: Worker | null = null;
  #requests = 0;
  readonly #waiting = new Map<number, (text: string | null) => void>();

  /** @returns null: no code in it, or its picture could not be had just now */
  async readFrame(video: HTMLVideoElement): Promise<string | null> {
    const { videoWidth, videoHeight } = video;
    if (videoWidth === 0) return null;
    return this.#read(await createImageBitmap(video, within(videoWidth, videoHeight, MAX_FRAME)), false);
  }

  /** @throws DOMException when it is no picture that this browser can open */
  async readPicture(file: Blob): Promise<string | null> {
    if (file.size > MAX_FILE_BYTES) throw new DOMException('The file is too large.', 'DataError');
    const whole = await createImageBitmap(file);
    const size = within(whole.width, whole.height, MAX_PICTURE);
    const picture = size.resizeWidth === undefined ? whole : await createImageBitmap(whole, size);
    return this.#read(picture, true);
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const answer of this.#waiting.values()) answer(null);
    this.#waiting.clear();
  }

  #read(picture: ImageBitmap, thorough: boolean): Promise<string | null> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      worker.postMessage({ request, picture, thorough } satisfies ReadRequest, [picture]);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./qr-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<ReadAnswer>) => {
      this.#waiting.get(data.request)?.(data.text);
      this.#waiting.delete(data.request);
    });
    worker.addEventListener('error', () => this.close());
    return worker;
  }
}

function within(width: number, height: number, max: number): ImageBitmapOptions {
  const factor = max / Math.max(width, height);
  if (factor >= 1) return {};
  return {
    resizeWidth: Math.max(1, Math.round(width * factor)),
    resizeHeight: Math.max(1, Math.round(height * factor)),
    resizeQuality: 'medium',
  };
}
