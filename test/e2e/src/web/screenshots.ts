// Takes the pictures of the web client that README.md shows: `npm run screenshots`, after changing how it looks.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Stage } from './browser.ts';
import { settled } from './looks.ts';
import type { Talk } from './talk.ts';

const FOLDER = fileURLToPath(new URL('../../../../docs/pictures/', import.meta.url));
const DESKTOP = { width: 1200, height: 750 };
const PHONE = { width: 390, height: 780 };

await mkdir(FOLDER, { recursive: true });
const stage = await Stage.open();
const node = await stage.node();

const anna = await stage.person('Anna', node, { viewport: DESKTOP });
const annasWith = new Map<string, Talk>();
const theirs = new Map<string, Talk>();
for (const name of ['Milo', 'Grandma', 'Jonas', 'Ben']) {
  const other = await stage.person(name, node);
  const [hers, own] = await other.meet(anna);
  annasWith.set(name, hers);
  theirs.set(name, own);
}

/** A line of either side; the next one is written when it has arrived. */
async function line(by: 'Anna' | 'them', name: string, text: string): Promise<void> {
  const [from, to] = [annasWith.get(name)!, theirs.get(name)!];
  const [speaker, listener] = by === 'Anna' ? [from, to] : [to, from];
  await speaker.say(text);
  await listener.sees(text);
}
/** Anna looks at the conversation with somebody. */
const turnTo = (name: string): Promise<void> => annasWith.get(name)!.open();

await turnTo('Milo');
await line('them', 'Milo', 'The key is under the third pot 🌿');
await line('Anna', 'Milo', 'Found it, thank you');
await turnTo('Grandma');
await line('Anna', 'Grandma', 'We land on Thursday at four');
await line('them', 'Grandma', 'I will bake the plum cake');
await turnTo('Jonas');
await line('Anna', 'Jonas', 'Contract is signed. Nobody but us has read it.');

await turnTo('Ben');
const ben = theirs.get('Ben')!;
const hers = annasWith.get('Ben')!;
await line('them', 'Ben', 'Did you hear the recording of last night?');
await line('Anna', 'Ben', 'Twice. The second movement is finally quiet enough');
await line('them', 'Ben', 'That was your idea. “Sotto voce”, you said, and forty people held their breath');
await (await hers.menuOf('forty people')).getByRole('button', { name: 'React with ❤️' }).click();
await ben.message('forty people').getByRole('button', { name: '❤️ by Anna' }).waitFor();
await line('them', 'Ben', 'Shall we do it like that on Sunday?');
await hers.choose('Shall we do it like that', 'Answer');
await line('Anna', 'Ben', 'Yes. I come at six, then we can try it in the empty hall');
await hers.seesState('I come at six', 'Read');
await ben.composer.pressSequentially('See you', { delay: 10 });
await anna.sees('is typing');
await theirs.get('Jonas')!.say('Good. See you on Monday?');
await anna.page.getByRole('link', { name: /Jonas.*See you on Monday/ }).waitFor();

const picture = async (name: string): Promise<void> => {
  await anna.page.mouse.move(0, 0);
  await settled(anna.page);
  await anna.page.screenshot({ path: `${FOLDER}${name}.png`, animations: 'disabled', caret: 'hide' });
};
await anna.page.emulateMedia({ colorScheme: 'light' });
await picture('desktop-light');
await anna.page.emulateMedia({ colorScheme: 'dark' });
await picture('desktop-dark');
await anna.page.emulateMedia({ colorScheme: 'light' });
await anna.page.setViewportSize(PHONE);
await picture('phone');
await stage.close();
