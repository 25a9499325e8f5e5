import { noblePrimitives as P } from '../crypto/index.ts';
import type { Random } from '../crypto/index.ts';
import { seededRandom } from '../identity/identity.fixture.ts';
import { startAuthenticator } from './authenticator.ts';
import type { BraidPart } from './braid-part.ts';
import { receiveBraid } from './braid-receive.ts';
import { sendBraid } from './braid-send.ts';
import type { Braid, EpochSecret } from './braid-state.ts';
import { NO_CHUNKS } from './chunk-code.ts';

export const SHARED_KEY = new Uint8Array(32).fill(42);

/** Both ends at the beginning: the first one has the first key pair. */
export function startBraids(): [Braid, Braid] {
  const authenticator = startAuthenticator(P, SHARED_KEY);
  return [
    { epoch: 1, authenticator, phase: { kind: 'KeysUnsampled' } },
    { epoch: 1, authenticator, phase: { kind: 'NoHeaderReceived', header: NO_CHUNKS } },
  ];
}

/** One end, and the secrets it has come to. */
export class End {
  braid: Braid;
  readonly secrets = new Map<number, string>();
  readonly random: Random;

  constructor(braid: Braid, name: string) {
    this.braid = braid;
    this.random = seededRandom(name);
  }

  send(): BraidPart {
    const { braid, type, chunk, secret } = sendBraid(P, this.random, this.braid);
    this.#keep(braid, secret);
    return { epoch: braid.epoch, index: 1, type, chunk };
  }

  receive(part: BraidPart): void {
    const { braid, secret } = receiveBraid(P, this.braid, part);
    this.#keep(braid, secret);
  }

  #keep(braid: Braid, secret: EpochSecret | null): void {
    this.braid = braid;
    if (secret === null) return;
    if (this.secrets.has(secret.epoch)) throw new Error('an epoch has one secret');
    this.secrets.set(secret.epoch, Buffer.from(secret.secret).toString('hex'));
  }
}

export function twoEnds(name: string): [End, End] {
  const [a, b] = startBraids();
  return [new End(a, `${name} a`), new End(b, `${name} b`)];
}

/** A step after the other until the condition holds. @throws Error when it does not after 500 */
export function repeatUntil(holds: () => boolean, step: (turn: number) => void): void {
  for (let turn = 0; !holds(); turn++) {
    if (turn >= 500) throw new Error('it never holds');
    step(turn);
  }
}

/** In turn, everything arrives, until the condition holds. */
export function talkUntil(ends: readonly [End, End], holds: () => boolean): void {
  repeatUntil(holds, (turn) => {
    const [from, to] = turn % 2 === 0 ? ends : ([ends[1], ends[0]] as const);
    to.receive(from.send());
  });
}
