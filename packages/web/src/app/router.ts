/**
 * Where one is, behind the `#` of the address: no server sees it. `#/` list, `#/c/<place>` conversation (`?at=` a position
 * to show), `#/c/<address>/info` contact, `#/requests`, `#/room`, `#/add` and `#/add/<invite>`, `#/settings/<page>`.
 */
import { useSyncExternalStore } from 'react';
import { addressAt, onPlaces, placeOf } from './contact-places.ts';
import { PrivatePlaces } from './private-places.ts';

export type Route =
  | { readonly screen: 'list' }
  | { readonly screen: 'conversation'; readonly address: string; readonly at: number | null }
  | { readonly screen: 'contact'; readonly address: string }
  | { readonly screen: 'requests' }
  | { readonly screen: 'room' }
  | { readonly screen: 'add'; readonly invite: string | null }
  | { readonly screen: 'settings'; readonly page: string | null };

const HOME: Route = { screen: 'list' };

/** What is not a place of ours is the list. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/u, '').split('?', 2);
  const [screen, ...rest] = path.split('/').map(decoded);
  const [first = '', second] = rest;
  switch (screen) {
    case 'c':
      if (first === '') return HOME;
      return second === 'info' ? { screen: 'contact', address: first } : conversation(first, query);
    case 'requests':
      return { screen: 'requests' };
    case 'room':
      return { screen: 'room' };
    case 'add':
      return { screen: 'add', invite: first === '' ? null : first };
    case 'settings':
      return { screen: 'settings', page: first === '' ? null : first };
    default:
      return HOME;
  }
}

function conversation(address: string, query: string): Route {
  const text = new URLSearchParams(query).get('at') ?? '';
  return { screen: 'conversation', address, at: /^\d{1,15}$/u.test(text) ? Number(text) : null };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

export function hrefOf(route: Route): string {
  switch (route.screen) {
    case 'list':
      return '#/';
    case 'conversation':
      return `#/c/${encoded(placeOf(route.address))}${route.at === null ? '' : `?at=${String(route.at)}`}`;
    case 'contact':
      return `#/c/${encoded(placeOf(route.address))}/info`;
    case 'requests':
      return '#/requests';
    case 'room':
      return '#/room';
    case 'add':
      return route.invite === null ? '#/add' : `#/add/${encoded(route.invite)}`;
    case 'settings':
      return route.page === null ? '#/settings' : `#/settings/${encoded(route.page)}`;
  }
}

/** Colons of addresses stay: they are legible that way. */
function encoded(part: string): string {
  return encodeURIComponent(part).replaceAll('%3A', ':');
}

/** null: the address says where one is. */
let places: PrivatePlaces | null = null;
const listeners = new Set<() => void>();

/** `replace`: the place one leaves is not one to come back to. */
export function navigate(to: Route | string, options: { readonly replace?: boolean } = {}): void {
  const href = typeof to === 'string' ? to : hrefOf(to);
  if (places !== null) {
    places.go(href, options.replace === true);
    tell();
  } else if (options.replace === true) {
    history.replaceState(null, '', href);
    tell();
  } else {
    location.hash = href;
  }
}

/** From now on, until the answer is called, where one is stands neither in the address nor in the browser's history. */
export function keepRoutesPrivate(): () => void {
  const own = new PrivatePlaces(location.hash);
  places = own;
  const move = (event: PopStateEvent) => {
    own.moved(location.hash, event.state);
    tell();
  };
  const written = () => {
    if (location.hash !== '' && location.hash !== '#/') own.moved(location.hash, null);
    tell();
  };
  const press = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]:not([target])') : null;
    if (link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(link.getAttribute('href') ?? '#/');
  };
  window.addEventListener('popstate', move);
  window.addEventListener('hashchange', written);
  // First of all: what a press does on its way may end it.
  window.addEventListener('click', press, true);
  return () => {
    window.removeEventListener('popstate', move);
    window.removeEventListener('hashchange', written);
    window.removeEventListener('click', press, true);
    places = null;
    tell();
  };
}

let last: { hash: string; route: Route } | null = null;

export function currentRoute(): Route {
  const hash = places === null ? location.hash : places.hash;
  if (last?.hash !== hash) last = { hash, route: withAddress(parseRoute(hash)) };
  return last.route;
}

/** What stands there may be the name of a place, or an address that somebody wrote into it. */
function withAddress(route: Route): Route {
  return 'address' in route ? { ...route, address: addressAt(route.address) } : route;
}

/** More contacts are known: the same hash may lead to somebody now, and an address in it is to be a place. */
function understand(): void {
  last = null;
  const route = currentRoute();
  if ('address' in route && places === null && hrefOf(route) !== location.hash) {
    history.replaceState(null, '', hrefOf(route));
  }
  tell();
}
onPlaces(understand);

function tell(): void {
  for (const listener of listeners) listener();
}

function onMove(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('hashchange', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('hashchange', listener);
  };
}

export function useRoute(): Route {
  return useSyncExternalStore(onMove, currentRoute);
}
