/** What a text is made of, for showing it: words, and links that may be followed. Takes text that is safe to show already. */
import { LinkifyIt } from 'linkify-it';
import { suspiciousHost } from '@sotto/engine/text';

export type TextPart = { readonly text: string } | LinkPart;

interface LinkPart {
  /** As it is written. */
  readonly text: string;
  /** http:, https: or mailto:, nothing else. */
  readonly href: string;
  /** The host that it really leads to, in the letters of DNS, where it is made to look like another one. */
  readonly leadsTo?: string;
}

/** A text full of links is a list of links, not a message: the rest stays words. */
const MAX_LINKS = 200;
const ALLOWED = new Set(['http:', 'https:', 'mailto:']);
/** Written without a scheme, only what can hardly be anything else is taken for a link; `readme.md` is not. */
const PLAIN_ENDINGS = ['com', 'org', 'net', 'edu', 'gov', 'int', 'info', 'dev', 'app'];

const linkify = new LinkifyIt({
  fuzzyLink: true,
  fuzzyEmail: true,
  urlAuth: true,
  tlds: PLAIN_ENDINGS,
  maxLength: 2048,
});
linkify.add('ftp:', null);
linkify.add('//', null);

export function parseText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const found of (linkify.match(text) ?? []).slice(0, MAX_LINKS)) {
    const link = linkOf(text.slice(found.index, found.lastIndex), found.url);
    if (link === null) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    parts.push(link);
    end = found.lastIndex;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function linkOf(written: string, url: string): LinkPart | null {
  // Without a scheme it is tried with encryption first.
  const full = /^[a-z][a-z0-9+.-]*:/i.test(written) ? url : url.replace(/^http:/, 'https:');
  if (!URL.canParse(full)) return null;
  const { protocol, href } = new URL(full);
  if (!ALLOWED.has(protocol)) return null;
  if (protocol === 'mailto:') return { text: written, href };
  const leadsTo = suspiciousHost(written.includes('://') ? written : `https://${written}`);
  return { text: written, href, ...(leadsTo === null ? {} : { leadsTo }) };
}
