import { afterEach, describe, expect, it, vi } from 'vitest';
import { addressAt, forgetPlaces, namePlaces, onPlaces, placeOf } from './contact-places.ts';
import { hrefOf } from './router.ts';

const anna = { address: 'did:key:z6MkAnna', place: '0123456789abcdef0123456789abcdef' };
const bob = { address: 'did:key:z6MkBob', place: 'ffffffffffffffffffffffffffffffff' };

// The router looks where one is when places are named.
vi.stubGlobal('location', { hash: '#/' });
afterEach(() => forgetPlaces());

describe('WEB-68: whom one reads does not stand in the page’s address', () => {
  it('but the place that the profile has for them', () => {
    namePlaces([anna, bob]);
    expect(hrefOf({ screen: 'conversation', address: anna.address, at: 7 })).toBe(`#/c/${anna.place}?at=7`);
    expect(hrefOf({ screen: 'contact', address: bob.address })).toBe(`#/c/${bob.place}/info`);
    expect(addressAt(bob.place)).toBe(bob.address);
  });

  it('nobody who is not known has one, and a place of another profile is nobody’s', () => {
    namePlaces([anna, { address: 'did:key:z6MkOld' }]);
    expect(placeOf('did:key:z6MkOld')).toBe('did:key:z6MkOld');
    expect(addressAt(bob.place)).toBe(bob.place);
    forgetPlaces();
    expect(addressAt(anna.place)).toBe(anna.place);
    expect(placeOf(anna.address)).toBe(anna.address);
  });

  it('who listens hears of new ones, and of nothing that was known', () => {
    const heard = vi.fn();
    const stop = onPlaces(heard);
    namePlaces([anna]);
    namePlaces([anna]);
    expect(heard).toHaveBeenCalledOnce();
    namePlaces([anna, bob]);
    expect(heard).toHaveBeenCalledTimes(2);
    stop();
  });
});
