/**
 * Links are shown as they are written, never hidden behind other words. Where one leads elsewhere than it seems to,
 * the text says so: after the link stands the host it really names (UTS 39, section 5.2; RFC 3986, section 3.2).
 */
import { suspiciousHost } from '@sotto/engine/text';

const LINK = /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s<>"]+|\bwww\.[^\s<>"/]+[^\s<>"]*/giu;
/** What ends a sentence, not a link. */
const TRAILING = /[.,;:!?'"\])}»…]+$/u;

/** Text with a remark after each link that leads elsewhere than it seems to. Takes text that is safe to show already. */
export function withLinkWarnings(text: string): string {
  return text.replace(LINK, (found) => {
    const link = found.replace(TRAILING, '');
    const host = suspiciousHost(link);
    return host === null ? found : `${link} [! leads to ${host}]${found.slice(link.length)}`;
  });
}
