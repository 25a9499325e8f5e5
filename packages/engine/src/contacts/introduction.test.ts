import { describe, expect, it } from 'vitest';
import { noblePrimitives } from '@sotto/protocol/crypto';
import { addressOf, createAccount, encodeInvite } from '@sotto/protocol/identity';
import type { Invite } from '@sotto/protocol/identity';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { EngineError } from '../api.ts';
import type { EngineParts } from '../engine-parts.ts';
import { introduce, introduceToStranger, roomKeyOf } from './introduction.ts';
import { Recipients } from './recipients.ts';
import type { Route } from './route.ts';

const account = createAccount(nodePrimitives, systemRandom).publicKey;
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const link = (more: Partial<Invite> = {}, urls = ['wss://room.example']) =>
  encodeInvite(
    {
      account,
      route: { network: bytes(32, 1), node: bytes(32, 2), urls },
      name: 'Anna',
      requestToken: null,
      psk: null,
      ...more,
    },
    'https://room.example',
  );

describe('introduceToStranger', () => {
  it('says whom an invite names to who has no account yet', () => {
    const known = introduceToStranger(noblePrimitives, link({ psk: bytes(32, 7) }));
    expect(known).toMatchObject({
      address: addressOf(account),
      name: 'Anna',
      node: 'wss://room.example',
      own: false,
      room: true,
    });
    expect(known.token).toMatch(/^[a-z2-7]{12}$/u);
  });

  it('takes an address, which says no more', () => {
    expect(introduceToStranger(noblePrimitives, addressOf(account))).toMatchObject({ name: '', node: '', room: false });
  });

  it('refuses what is neither', () => {
    for (const text of ['', 'Anna', 'did:key:zzz', `${link().slice(0, -3)}abc`]) {
      expect(() => introduceToStranger(noblePrimitives, text)).toThrow(EngineError);
    }
  });
});

describe('introduce', () => {
  /** Of an engine as much as it takes to look at an invite of somebody who is a contact, reached by `route`. */
  const knowing = (route: Route | null): EngineParts => {
    const own = { account: { publicKey: bytes(32, 9) }, token: '' };
    const contacts = { byAccount: () => ({ role: 'person', route }), toApi: () => ({ status: 'accepted' }) };
    const parts = { own, contacts, profile: { current: { home: null } }, platform: { primitives: nodePrimitives } };
    const recipients = new Recipients(parts as unknown as ConstructorParameters<typeof Recipients>[0]);
    return { ...parts, recipients } as unknown as EngineParts;
  };
  const route: Route = { network: bytes(32, 1), node: bytes(32, 2), urls: ['wss://room.example'], psk: null };

  it('MEET-1: says when the invite of a contact leads to another node than the one in use: anybody can make one', async () => {
    expect(await introduce(knowing(route), link())).toMatchObject({ contact: {}, elsewhere: false });
    expect(await introduce(knowing(route), addressOf(account))).toMatchObject({ elsewhere: false });
    for (const forged of [link({}, ['wss://evil.example']), link({ psk: bytes(32, 7) })]) {
      expect(await introduce(knowing(route), forged)).toMatchObject({ contact: {}, elsewhere: true });
    }
    expect(await introduce(knowing(null), link())).toMatchObject({ elsewhere: true });
  });
});

describe('roomKeyOf', () => {
  const psk = bytes(32, 7);

  it('WEB-15: is the key of the room that the invite leads to', () => {
    expect(roomKeyOf(link({ psk }), 'wss://room.example/')).toEqual(psk);
    expect(roomKeyOf(link({ psk }, ['wss://a.example', 'wss://room.example']), 'wss://room.example')).toEqual(psk);
  });

  it('WEB-15: is not given to another node', () => {
    expect(roomKeyOf(link({ psk }), 'wss://other.example')).toBeNull();
    expect(roomKeyOf(link({ psk }), 'ws://room.example')).toBeNull();
  });

  it('is none where there is none', () => {
    expect(roomKeyOf(link(), 'wss://room.example')).toBeNull();
    expect(roomKeyOf(addressOf(account), 'wss://room.example')).toBeNull();
    expect(roomKeyOf('nonsense', 'wss://room.example')).toBeNull();
  });
});
