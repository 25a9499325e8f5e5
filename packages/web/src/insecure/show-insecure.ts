/** The page for who came over plain http: says why nothing works here, and what helps. Without the application's code. */
import '../design/base.css';
import all from '../i18n/en/install.json' with { type: 'json' };
import { distort } from '../i18n/pseudo-locale.ts';
import styles from './show-insecure.module.css';

type Place = Pick<Location, 'host' | 'hostname' | 'port' | 'pathname' | 'search' | 'hash'>;

/** A way out: what it says, and an address to open or a command to type. */
interface Way {
  readonly says: string;
  readonly href?: string;
  readonly command?: string;
}

export function showInsecure(root: Element, place: Place): void {
  const texts = textsFor(place.search);
  const card = element('main', styles['card']);
  card.append(
    element('h1', styles['title'], texts.title),
    element('p', undefined, texts.why.replace('{{host}}', place.host)),
    element('h2', styles['heading'], texts.help),
    list(waysOut(texts, place)),
    element('p', styles['quiet'], texts.nothingLost),
  );
  const page = element('div', styles['page']);
  page.append(card);
  root.replaceChildren(page);
  document.title = texts.title;
}

type Texts = (typeof all)['insecure'];

function textsFor(search: string): Texts {
  const locale = new URLSearchParams(search).get('locale');
  if (locale !== 'en-XA' && locale !== 'ar-XB') return all.insecure;
  document.documentElement.dir = locale === 'ar-XB' ? 'rtl' : 'ltr';
  return distort(all.insecure, locale) as Texts;
}

function waysOut(texts: Texts, { host, hostname, port, pathname, search, hash }: Place): Way[] {
  const rest = pathname + search + hash;
  const atPort = port === '' ? '' : `:${port}`;
  return [
    { says: texts.https, href: `https://${host}${rest}` },
    { says: texts.localhost, href: `http://localhost${atPort}${rest}` },
    { says: texts.certificate, command: 'npx sotto node --tls-cert cert.pem --tls-key key.pem' },
    { says: texts.proxy, command: `npx sotto node --public-url wss://${hostname}` },
    { says: texts.terminal, command: `npx sotto chat --node ws://${host}` },
  ];
}

function list(ways: readonly Way[]): HTMLElement {
  const items = element('ul', styles['ways']);
  for (const { says, href, command } of ways) {
    const item = element('li', undefined, says);
    if (href !== undefined) {
      const link = element('a', styles['link'], href.split('#', 1)[0]);
      link.setAttribute('href', href);
      item.append(link);
    }
    if (command !== undefined) item.append(element('code', styles['command'], command));
    items.append(item);
  }
  return items;
}

function element(name: string, className: string | undefined, text?: string): HTMLElement {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
