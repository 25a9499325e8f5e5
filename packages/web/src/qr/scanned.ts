/** What a scanned or pasted text is, as far as that shows without asking the engine. */
export type Scanned =
  /** Something that `describe` and `add` take. */
  | { readonly kind: 'person'; readonly text: string }
  /** The code of a new device. */
  | { readonly kind: 'link'; readonly text: string }
  /** What contacts compare to verify each other. */
  | { readonly kind: 'safety'; readonly text: string }
  | { readonly kind: 'other'; readonly text: string };

const INVITE = /https?:\/\/\S*#\/add\/[\w-]+/i;
const ADDRESS = /did:key:z[1-9A-HJ-NP-Za-km-z]{40,60}/;
const TOKEN = /^[a-z2-7]{12}$/i;
const PAYLOAD = /^[\w-]{101,4096}$/;
const LINK = /^sotto-link:/i;
const SAFETY = /^sotto-safety:/i;

/** People paste whole messages: the invite or address is taken out of what stands around it. */
export function recognise(text: string): Scanned {
  const trimmed = text.trim();
  if (LINK.test(trimmed)) return { kind: 'link', text: trimmed };
  if (SAFETY.test(trimmed)) return { kind: 'safety', text: trimmed };
  const found = INVITE.exec(trimmed)?.[0] ?? ADDRESS.exec(trimmed)?.[0];
  if (found !== undefined) return { kind: 'person', text: found };
  if (TOKEN.test(trimmed)) return { kind: 'person', text: trimmed.toLowerCase() };
  if (PAYLOAD.test(trimmed)) return { kind: 'person', text: trimmed };
  return { kind: 'other', text: trimmed };
}
