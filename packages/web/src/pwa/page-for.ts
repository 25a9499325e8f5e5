/**
 * Which of the open pages a notification leads to: never one with a private session, which ends when it is led elsewhere.
 * @returns null: a new one is to be opened
 */
export function pageFor<Page extends { readonly url: string }>(pages: readonly Page[]): Page | null {
  return pages.find(({ url }) => !new URL(url).searchParams.has('private')) ?? null;
}
