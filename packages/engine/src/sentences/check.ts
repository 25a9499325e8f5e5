import type { DoctorCheck } from '../api.ts';
import type { Spoken } from './say.ts';

/** One line of what the doctor says. */
export function check(name: string, ok: boolean, found: Spoken, advice?: Spoken): DoctorCheck {
  const line: DoctorCheck = { name, ok, found: found.text, foundSaid: found.said };
  return advice === undefined ? line : { ...line, advice: advice.text, adviceSaid: advice.said };
}
