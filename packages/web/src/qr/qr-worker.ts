/** Reads codes from pictures, away from the page: a large one takes tens of milliseconds. */
import decodeQR from 'qr/decode.js';
import type { ReadAnswer, ReadRequest } from './qr-messages.ts';

addEventListener('message', ({ data }: MessageEvent<ReadRequest>) => {
  const answer: ReadAnswer = { request: data.request, text: read(data) };
  postMessage(answer);
});

function read({ picture, thorough }: ReadRequest): string | null {
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) return null;
  // See-through pictures of codes are meant to lie on paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0);
  picture.close();
  const image = context.getImageData(0, 0, width, height);
  try {
    return decodeQR(image, thorough ? { effort: Infinity, timeLimit: 4000 } : {});
  } catch {
    // There is none in this picture.
    return null;
  }
}
