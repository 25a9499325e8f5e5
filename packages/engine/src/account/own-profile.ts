/** What a person sees and changes of the own account. */
import { encodeInvite } from '@sotto/protocol/identity';
import { EngineError } from '../api.ts';
import type { EngineApi, Whoami } from '../api.ts';
import { checkName } from '../contacts/recipients.ts';
import type { EngineParts } from '../engine-parts.ts';
import { say } from '../sentences/say.ts';

const MAX_COLOR = 0xff_ffff;

export function describeSelf({ own, profile, home: nodes }: EngineParts): Whoami {
  const { name, color, url, home, psk, requestToken, listed, readReceipts, typing } = profile.current;
  const invite =
    home === null
      ? ''
      : encodeInvite({ account: own.account.publicKey, route: home, name, requestToken, psk }, home.urls[0] ?? url);
  const { address, device, token } = own;
  const { homes, attached } = nodes.describe(0);
  return {
    address,
    device: device.device,
    name,
    color,
    node: url,
    token,
    invite,
    listed,
    readReceipts,
    typing,
    ...(homes === undefined ? {} : { homes }),
    ...(attached === undefined ? {} : { attached }),
  };
}

/** @throws EngineError('bad-input') */
export function changeProfile(parts: EngineParts, wanted: Parameters<EngineApi['setProfile']>[0]): void {
  const { database, profile, home } = parts;
  const { name, color, listed, readReceipts, typing } = wanted;
  if (color !== undefined && (!Number.isInteger(color) || color < 0 || color > MAX_COLOR)) {
    throw new EngineError('bad-input', say('color-range'));
  }
  const changes = {
    ...(name === undefined ? {} : { name: checkName(name) }),
    ...(color === undefined ? {} : { color }),
    ...(listed === undefined ? {} : { listed }),
    ...(readReceipts === undefined ? {} : { readReceipts }),
    ...(typing === undefined ? {} : { typing }),
  };
  database.transaction(() => profile.update(changes));
  if (name !== undefined || listed !== undefined) home.attachAgain();
}
