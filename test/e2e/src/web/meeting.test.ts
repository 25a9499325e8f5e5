import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeInvite, parseInvite } from '@sotto/protocol/identity';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { NodeProcess } from '../processes.ts';
import { PATIENCE_MS, Stage } from './browser.ts';
import { hasChromium } from './chromium.ts';
import { cameraShowing, film } from './fake-camera.ts';
import type { WebPerson } from './web-person.ts';

const POLL = { timeout: PATIENCE_MS };

/** In the page: remembers every camera that was opened. */
function watchCameras(): void {
  const cameras: MediaStreamTrack[] = [];
  Object.assign(window, { cameras });
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    cameras.push(...stream.getTracks());
    return stream;
  };
}

/** States of the cameras that were opened so far. */
const cameraStates = (person: WebPerson): Promise<string[]> =>
  person.page.evaluate(() =>
    (window as unknown as { cameras: MediaStreamTrack[] }).cameras.map(({ readyState }) => readyState),
  );

/** Chooses a picture in a scan dialog. */
async function choosePicture(person: WebPerson, picture: Buffer): Promise<void> {
  const [chooser] = await Promise.all([person.page.waitForEvent('filechooser'), person.press('Choose a picture')]);
  await chooser.setFiles({ name: 'code.png', mimeType: 'image/png', buffer: picture });
}

const pictureOf = (code: Locator): Promise<Buffer> => code.screenshot();

describe.skipIf(!hasChromium)('meeting somebody', { timeout: 180_000 }, () => {
  let stage: Stage;
  let node: NodeProcess;
  let folder: string;
  let reel: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-camera-'));
    reel = join(folder, 'reel.y4m');
    await film(reel, null);
    stage = await Stage.open(...cameraShowing(reel));
    node = await stage.node();
  });
  afterEach((context) => stage.expectCalm(context));
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('MEET-2, MEET-3: a code before the camera adds somebody; the camera is off as soon as it was read', async () => {
    const anna = await stage.person('Anna', node);
    await film(reel, await anna.invite());
    const bob = await stage.visitor('Bob', node, { permissions: ['camera'] });
    await bob.context.addInitScript(watchCameras);
    await bob.begin();
    await bob.to('#/add');
    await bob.press('Scan a code');
    await bob.heading('Anna').waitFor();
    expect(await cameraStates(bob)).toEqual(['ended']);
    await bob.press('Add and open conversation');
    await bob.page.getByRole('textbox', { name: 'Message to Anna' }).waitFor();
    await bob.page.goBack();
    expect(await bob.page.evaluate(() => location.hash)).not.toContain('CAES');
  });

  test('MEET-2: the camera is off when its dialog is closed; without permission the screen says so', async () => {
    await film(reel, null);
    const carl = await stage.visitor('Carl', node, { permissions: ['camera'] });
    await carl.context.addInitScript(watchCameras);
    await carl.begin();
    await carl.to('#/add');
    await carl.press('Scan a code');
    await expect.poll(() => cameraStates(carl), POLL).toEqual(['live']);
    await carl.page.keyboard.press('Escape');
    await expect.poll(() => cameraStates(carl), POLL).toEqual(['ended']);
    await carl.context.clearPermissions();
    await carl.press('Scan a code');
    await carl.sees('Sotto may not use the camera.');
  });

  test('MEET-4, ID-18: two people verify each other with a picture of the code, and a wrong one is told apart', async () => {
    const dora = await stage.person('Dora', node);
    const emil = await stage.person('Emil', node);
    const finn = await stage.person('Finn', node);
    const { page } = emil;
    for (const other of [dora, finn]) {
      await emil.to(new URL(await other.invite()).hash);
      await emil.press('Add and open conversation');
      const talk = page.getByRole('textbox', { name: `Message to ${other.name}` });
      await talk.fill('hello');
      await talk.press('Enter');
      await other.to('#/requests');
      await other.press('Accept');
      await other.page.getByRole('textbox', { name: 'Message to Emil' }).waitFor();
      await other.to(`${await other.page.evaluate(() => location.hash)}/info`);
      await other.press('Show my code');
    }
    const theirs = await pictureOf(dora.page.getByRole('img', { name: 'Safety number as a code' }));
    const another = await pictureOf(finn.page.getByRole('img', { name: 'Safety number as a code' }));

    await page.getByRole('link', { name: 'Dora' }).first().click();
    await page.getByRole('textbox', { name: 'Message to Dora' }).waitFor();
    await emil.to(`${await page.evaluate(() => location.hash)}/info`);
    await emil.press('Show my code');
    const own = await pictureOf(page.getByRole('img', { name: 'Safety number as a code' }));
    await page.keyboard.press('Escape');
    await emil.press('Scan their code');
    await choosePicture(emil, own);
    await emil.sees('This is your own code.');
    await choosePicture(emil, another);
    await emil.sees('This is the code of somebody else, not of Dora.');
    await choosePicture(emil, theirs);
    await emil.sees('The numbers match');
    await emil.sees('Dora is marked as verified');
    await emil.press('Done');
    expect(await page.getByRole('switch', { name: /Mark as verified/ }).isChecked()).toBe(true);
  });

  test('MEET-1: an invite of a contact that leads to another node changes nothing until it is agreed to', async () => {
    const ines = await stage.person('Ines', node);
    const jan = await stage.person('Jan', node);
    const invite = await ines.invite();
    const write = jan.page.getByRole('textbox', { name: 'Message to Ines' });
    await jan.to(new URL(invite).hash);
    await jan.press('Add and open conversation');
    await write.waitFor();
    const { account, route, name } = parseInvite(invite);
    const forged = { account, name, route: { ...route, urls: ['ws://127.0.0.1:9'] }, requestToken: null, psk: null };
    await jan.to('#/');
    await jan.to(new URL(encodeInvite(forged, node.url)).hash);
    await jan.sees('This link leads to another node');
    await jan.press('Open conversation, change nothing');
    await write.fill('still here');
    await write.press('Enter');
    await ines.to('#/requests');
    await ines.press('Accept');
    await ines.sees('still here');
  });

  test('MEET-1: an own invite, a broken one and a stranger’s word for it are said in words', async () => {
    const gina = await stage.person('Gina', node);
    const invite = await gina.invite();
    await gina.to(new URL(invite).hash);
    await gina.sees('This is your own invite');
    await gina.press('Someone else');
    await gina.field('Invite link, address or token').fill(invite.slice(0, -6));
    await gina.press('Continue');
    await gina.sees('cut off');
    await gina.field('Invite link, address or token').fill('hello there');
    await gina.press('Continue');
    await gina.sees('This is no invite link, no address and no token.');
    expect(await gina.page.evaluate(() => location.hash)).toBe('#/add');
  });
});
