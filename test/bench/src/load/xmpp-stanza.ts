/**
 * Splits what a server sends after the stream was opened (RFC 6120, section 8). @returns how many bytes whole stanzas took.
 * @throws when one is an error
 */
export function eachStanza(bytes: Buffer, take: (name: string, stanza: string) => void): number {
  const text = bytes.toString('latin1');
  for (let at = 0; ;) {
    while (text[at] === ' ' || text[at] === '\n') at++;
    const close = text.indexOf('>', at);
    if (close < 0) return at;
    const head = text.slice(at, close);
    const name = /^<([\w:]+)/.exec(head)?.[1] ?? '';
    const closing = head.endsWith('/') ? close : text.indexOf(`</${name}>`, close);
    if (closing < 0) return at;
    const end = text.indexOf('>', closing) + 1;
    if (head.includes(`type='error'`)) throw new Error(`the XMPP server answers ${text.slice(at, end)}`);
    take(name, text.slice(at, end));
    at = end;
  }
}
