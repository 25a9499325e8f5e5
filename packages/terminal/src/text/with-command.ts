/**
 * The engine speaks to every screen, so it names no commands; here the command or option that does what its sentence
 * says is added.
 */
const COMMANDS: readonly (readonly [ending: string, command: string])[] = [
  ['This profile has no identity yet. Create one first.', 'sotto init'],
  ['needs a pre-shared key.', '--psk-file FILE'],
  ['has another pre-shared key.', '--psk-file FILE'],
  ['move this profile there.', '--node URL'],
  ['A repair with fresh keys can be asked for at once.', 'sotto doctor --repair'],
  ['Make one, and keep that file somewhere else.', 'sotto backup FILE'],
];

export const SENTENCES: readonly string[] = COMMANDS.map(([ending]) => ending);

export function withCommand(text: string): string {
  const command = COMMANDS.find(([ending]) => text.endsWith(ending))?.[1];
  return command === undefined ? text : `${text.slice(0, -1)} (${command}).`;
}
