// Renders packages/web/build/icons/app-icon.svg into the PNG icons that are committed: run it after changing the drawing.
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const web = new URL('../../../packages/web/', import.meta.url);
const drawing = await readFile(new URL('build/icons/app-icon.svg', web), 'utf8');

/** A rounded square, as desktops show it; and the whole square, which phones cut to their own shape. */
const icons = [
  { name: 'icon-192', size: 192, rounded: true },
  { name: 'icon-512', size: 512, rounded: true },
  { name: 'maskable-192', size: 192, rounded: false },
  { name: 'maskable-512', size: 512, rounded: false },
  { name: 'apple-touch-icon', size: 180, rounded: false },
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage();
for (const { name, size, rounded } of icons) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px;border-radius:${rounded ? 22 : 0}%}</style>${drawing}`,
  );
  await writeFile(new URL(`public/icons/${name}.png`, web), await page.screenshot({ omitBackground: true }));
}
await browser.close();
