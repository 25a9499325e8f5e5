export { durationWords } from '../conversation/text/duration-words.ts';

/** What can be chosen; another one that was set elsewhere, for instance in a terminal, stands in its place. */
export function timerChoices(current: number): readonly number[] {
  const choices = [0, 30, 300, 3600, 28_800, 86_400, 604_800, 2_419_200];
  return choices.includes(current) ? choices : [...choices, current].sort((a, b) => a - b);
}
