import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { NodeProcess } from '../processes.ts';
import { PATIENCE_MS, Stage } from './browser.ts';
import { hasChromium } from './chromium.ts';
import type { WebPerson } from './web-person.ts';

const POLL = { timeout: PATIENCE_MS };

/** At their contact: says something that a backup, or a linked device, has to bring along. */
async function talkedWith(anna: WebPerson, other: WebPerson): Promise<void> {
  await anna.to(new URL(await other.invite()).hash);
  await anna.press('Add and open conversation');
  const composer = anna.page.getByRole('textbox', { name: `Message to ${other.name}` });
  await composer.fill('The choir meets at seven');
  await composer.press('Enter');
  await other.to('#/requests');
  await other.press('Accept');
  await other.sees('The choir meets at seven');
}

const setPassphrase = async (person: WebPerson, passphrase: string): Promise<void> => {
  await person.to('#/settings/lock');
  await person.press('Set a passphrase');
  await person.field('New passphrase').fill(passphrase);
  await person.field('Once more').fill(passphrase);
  await person.press('Save');
  await person.sees('Locked with a passphrase');
};

/** @returns path of the file */
async function backUp(person: WebPerson, passphrase: string): Promise<string> {
  await person.to('#/settings/backup');
  await person.field('Passphrase of the backup').fill(passphrase);
  await person.field('Once more').fill(passphrase);
  await person.press('Make a backup');
  await person.sees('The backup is ready');
  const [download] = await Promise.all([person.page.waitForEvent('download'), person.press('Save the file')]);
  expect(download.suggestedFilename()).toMatch(/^sotto-anna-\d{4}-\d\d-\d\d\.backup$/);
  return download.path();
}

describe.skipIf(!hasChromium)('keeping what one has', { timeout: 180_000 }, () => {
  let stage: Stage;
  let node: NodeProcess;
  let anna: WebPerson;
  beforeAll(async () => {
    stage = await Stage.open();
    node = await stage.node();
    anna = await stage.person('Anna', node);
    await talkedWith(anna, await stage.person('Bob', node));
  }, 180_000);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage.close());

  test('MEET-6, TAB-7: a passphrase locks every tab; only it opens them, and shows the recovery phrase', async () => {
    await setPassphrase(anna, 'correct horse');
    const first = anna.page;
    await anna.newTab('#/settings/lock');
    await anna.sees('Locked with a passphrase');
    await anna.page.getByRole('button', { name: /^Lock now/ }).click();
    await first.getByRole('textbox', { name: 'Passphrase' }).waitFor();
    await anna.field('Passphrase').fill('wrong horse');
    await anna.press('Unlock');
    await anna.sees('This is not the passphrase.');
    await anna.field('Passphrase').fill('correct horse');
    await anna.press('Unlock');
    await anna.to('#/settings/phrase');
    await anna.field('Passphrase of this browser').fill('wrong horse');
    await anna.press('Show the words');
    await anna.sees('This is not the passphrase.');
    await anna.field('Passphrase of this browser').fill('correct horse');
    await anna.press('Show the words');
    const words = anna.page.getByRole('list', { name: 'Your recovery phrase' }).getByRole('listitem');
    await expect.poll(() => words.count(), POLL).toBe(24);
    await anna.press('I wrote them down');
    expect(await words.count()).toBe(0);
    await first.close();
  });

  test('BAK-8: a backup that was saved is restored in another browser, as a device of its own', async () => {
    const file = await backUp(anna, 'staple battery');
    const again = await stage.visitor('Anna again', node);
    await again.go();
    await again.press('I have an account');
    await again.page.getByRole('button', { name: /^Restore a backup/ }).click();
    await again.press('Restore');
    await again.sees('Choose the backup file first.');
    const [chooser] = await Promise.all([again.page.waitForEvent('filechooser'), again.press('Choose the file')]);
    await chooser.setFiles(file);
    await again.field('Passphrase of the backup').fill('wrong battery');
    await again.press('Restore');
    await again.sees('passphrase of this backup');
    await again.field('Passphrase of the backup').fill('staple battery');
    await again.press('Restore');
    await again.page.getByRole('link', { name: /Bob/ }).first().click();
    await again.sees('The choir meets at seven');
    await again.to('#/settings/devices');
    await again.sees('This device');
    await expect.poll(() => again.page.getByText(/^Device \d+ · since/).count(), POLL).toBe(2);
  });

  test('MEET-7, DEV-1, DEV-5: another browser joins by its code, gets the history, and is removed again', async () => {
    const phone = await stage.visitor('Phone', node);
    await phone.go();
    await phone.press('I have an account');
    await phone.page.getByRole('button', { name: /^Link this device/ }).click();
    await phone.field('Name of this device').fill('Phone');
    await phone.press('Show the code');
    const code = await phone.field('Code as text').inputValue();
    await anna.to('#/settings/add-device');
    await anna.field('Code of the new device').fill(code.slice(0, -4));
    await anna.press('Continue');
    await anna.page.getByText(/code/).filter({ visible: true }).first().waitFor();
    await anna.field('Code of the new device').fill(code);
    await anna.press('Continue');
    await anna.sees('It will read and write everything in your name, from now on.');
    await anna.press('Add this device');
    await anna.sees('“Phone” is a device of your account now');
    await anna.sees('Recent messages are on the new device.');
    await phone.page.getByRole('link', { name: /Bob/ }).first().click();
    await phone.sees('The choir meets at seven');
    await phone.to('#/settings/phrase');
    await phone.press('I am alone and want to see them');
    await phone.sees('The words are not on this device');
    await anna.press('Done');
    await anna.press('Actions for Phone');
    await anna.page.getByRole('menuitem', { name: 'Remove' }).click();
    await anna.press('Remove');
    await anna.sees('was removed: it gets nothing from the next message on.');
    // Its home refuses it from now on, and it says so in its own words.
    phone.bear(/WebSocket|40\d\d|not-allowed/);
  });

  test('MEET-8, TAB-13: erasing leaves nothing in this browser', async () => {
    await anna.to('#/settings/storage');
    await anna.page.getByRole('button', { name: /^Erase everything/ }).click();
    const erase = anna.page.getByRole('alertdialog').getByRole('button', { name: 'Erase everything' });
    expect(await erase.isDisabled()).toBe(true);
    await anna.field('Type erase to confirm').fill('erase');
    await erase.click();
    await anna.field('Your name').waitFor();
    await anna.page.reload();
    await anna.field('Your name').waitFor();
  });
});
