import { describe, expect, it } from 'vitest';
import { contactOf } from './contact.fixture.ts';
import { conversationsInOrder, isInviteLike, matchingContacts, neighbour, nextUnread } from './conversations.ts';

const anna = contactOf('Anna', { lastAt: 30 });
const bob = contactOf('Bob', { lastAt: 20, unread: 2 });
const chloe = contactOf('Chloé Müller', { lastAt: 10 });
const list = [anna, bob, chloe];

describe('conversationsInOrder', () => {
  it('newest first, then by name; requests and blocked people elsewhere', () => {
    const given = [
      contactOf('Zoe'),
      chloe,
      contactOf('Stranger', { status: 'request', lastAt: 99 }),
      contactOf('Gone', { status: 'blocked', lastAt: 98 }),
      anna,
      contactOf('Eve'),
    ];
    expect(conversationsInOrder(given).map((one) => one.name)).toEqual(['Anna', 'Chloé Müller', 'Eve', 'Zoe']);
  });
});

describe('neighbour', () => {
  it('goes up and down and stops at the ends', () => {
    expect(neighbour(list, anna.address, 1)).toBe(bob.address);
    expect(neighbour(list, bob.address, -1)).toBe(anna.address);
    expect(neighbour(list, chloe.address, 1)).toBeNull();
    expect(neighbour(list, anna.address, -1)).toBeNull();
  });

  it('begins at an end when none is chosen', () => {
    expect(neighbour(list, null, 1)).toBe(anna.address);
    expect(neighbour(list, null, -1)).toBe(chloe.address);
    expect(neighbour([], null, 1)).toBeNull();
  });
});

describe('nextUnread', () => {
  it('goes on below, then from the top, never to the same', () => {
    expect(nextUnread(list, null)).toBe(bob.address);
    expect(nextUnread(list, chloe.address)).toBe(bob.address);
    expect(nextUnread(list, bob.address)).toBeNull();
    expect(nextUnread([anna], anna.address)).toBeNull();
  });
});

describe('matchingContacts', () => {
  it('finds names whatever their accents and capitals, with all words in any order', () => {
    expect(matchingContacts(list, 'chloe')).toEqual([chloe]);
    expect(matchingContacts(list, 'MULLER chl')).toEqual([chloe]);
    expect(matchingContacts(list, 'chloe bob')).toEqual([]);
    expect(matchingContacts(list, '  ')).toEqual([]);
  });

  it('finds addresses', () => {
    expect(matchingContacts(list, bob.address)).toEqual([bob]);
  });
});

it('knows what can be added', () => {
  expect(isInviteLike(' did:key:z6MkhaXg ')).toBe(true);
  expect(isInviteLike('look: https://node.example/#/add/CAESI')).toBe(true);
  expect(isInviteLike('did you key it in')).toBe(false);
});
