import { describe, expect, it } from 'vitest';
import { contactOf } from '../list/contact.fixture.ts';
import { createContactsStore } from './contacts-store.ts';

describe('contacts', () => {
  it('names that others wrote cannot turn round what stands beside them', () => {
    const store = createContactsStore();
    store.getState().replaceAll([contactOf('An\u202ena')]);
    store.getState().put({ ...contactOf('Bob'), name: 'B\u2066ob\u200b\n' });
    expect([...store.getState().byAddress.values()].map((one) => one.name.trim())).toEqual(['Anna', 'Bob']);
  });

  it('MEET-8: who was removed is not there, and removing nobody changes nothing', () => {
    const store = createContactsStore();
    const [anna, bob] = [contactOf('Anna'), contactOf('Bob')];
    store.getState().replaceAll([anna, bob]);
    store.getState().remove(anna.address);
    expect([...store.getState().byAddress.keys()]).toEqual([bob.address]);
    const before = store.getState().byAddress;
    store.getState().remove(anna.address);
    expect(store.getState().byAddress).toBe(before);
  });

  it('typing changes nobody who is not there, and nothing that is so already', () => {
    const store = createContactsStore();
    const anna = contactOf('Anna');
    store.getState().replaceAll([anna]);
    const before = store.getState().byAddress;
    store.getState().setTyping('did:key:nobody', true);
    store.getState().setTyping(anna.address, false);
    expect(store.getState().byAddress).toBe(before);
    store.getState().setTyping(anna.address, true);
    expect(store.getState().byAddress.get(anna.address)?.typing).toBe(true);
  });
});
