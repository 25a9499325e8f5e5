/**
 * The safety number as a code for cameras: `sotto-safety:1:<60 digits>:<address of who shows it>`. The digits are the
 * same on both screens; the address tells the other one's screen from one's own, which would always match.
 */

export interface SafetyCode {
  /** 60, without spaces. */
  readonly digits: string;
  /** Of who shows it. */
  readonly address: string;
}

const CODE = /^sotto-safety:1:(\d{60}):(did:key:z[1-9A-HJ-NP-Za-km-z]{40,60})$/;

export function encodeSafetyCode({ digits, address }: SafetyCode): string {
  return `sotto-safety:1:${digits.replaceAll(' ', '')}:${address}`;
}

/**
 * `match`: their screen, the same digits. `different`: their screen, other digits: somebody may stand between.
 * `own-screen`, `somebody-else`: it is not their screen that was read. `unreadable`: no code of this kind.
 */
export type SafetyResult = 'match' | 'different' | 'own-screen' | 'somebody-else' | 'unreadable';

/** @param scanned what the camera read @param expected our own digits, and the address of the contact */
export function compareSafetyCode(scanned: string, expected: SafetyCode & { readonly own: string }): SafetyResult {
  const [, digits, address] = CODE.exec(scanned.trim()) ?? [];
  if (digits === undefined || address === undefined) return 'unreadable';
  if (address === expected.own) return 'own-screen';
  if (digits === expected.digits.replaceAll(' ', '')) return address === expected.address ? 'match' : 'different';
  return address === expected.address ? 'different' : 'somebody-else';
}
