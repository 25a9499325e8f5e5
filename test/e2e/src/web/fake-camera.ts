import { writeFile } from 'node:fs/promises';
import { qrPath } from '../../../../packages/web/src/qr/qr-path.ts';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 4;
const WHITE = 235;
const BLACK = 16;

/** Chromium's arguments for a camera that shows what is in a file, from when it is switched on. */
export function cameraShowing(file: string): string[] {
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`];
}

/** A film of a code on a white wall: YUV4MPEG2, 4:2:0. @param text null: the wall alone */
export async function film(file: string, text: string | null): Promise<void> {
  const luma = new Uint8Array(WIDTH * HEIGHT).fill(WHITE);
  if (text !== null) drawCode(luma, text);
  const chroma = new Uint8Array((WIDTH * HEIGHT) / 2).fill(128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma]);
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  await writeFile(file, Buffer.concat([header, ...Array.from({ length: FRAMES }, () => frame)]));
}

function drawCode(luma: Uint8Array, text: string): void {
  const { size, path } = qrPath(text);
  const scale = Math.floor(HEIGHT / size);
  const left = Math.floor((WIDTH - size * scale) / 2);
  const top = Math.floor((HEIGHT - size * scale) / 2);
  for (const [, x = '', y = '', width = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    const from = left + Number(x) * scale;
    for (let row = 0; row < scale; row++) {
      const start = (top + Number(y) * scale + row) * WIDTH + from;
      luma.fill(BLACK, start, start + Number(width) * scale);
    }
  }
}
