/** Trusted Types: which texts may become code in this page. */

/** The part of the API that is used (W3C Trusted Types); not every browser has it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): unknown;
}

/**
 * Workers are made of files of this build, no others; nothing else in this page may become code, nor HTML: there is no
 * rule for it. The policy is the default one, which the browser asks itself.
 */
export function allowOwnScripts(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', { createScriptURL: (url) => ownScript(url, document.baseURI) });
}

/** @throws TypeError when it is not a script of this build */
export function ownScript(url: string, base: string): string {
  const own = new URL('.', base);
  const { href, origin, search, hash } = new URL(url, base);
  const path = href.slice(own.href.length);
  const isOurs = origin === own.origin && href.startsWith(own.href) && search === '' && hash === '';
  if (isOurs && (path === 'sw.js' || /^assets\/[\w.-]+\.js$/.test(path))) return href;
  throw new TypeError('not a script of this build');
}
