/** What this client is made with, and under which licence. */
export const LICENCES: readonly (readonly [name: string, licence: string])[] = [
  ['React', 'MIT'],
  ['React Aria Components', 'Apache-2.0'],
  ['SQLite', 'Public domain'],
  ['noble cryptography', 'MIT'],
  ['Protobuf-ES', 'Apache-2.0'],
  ['i18next', 'MIT'],
  ['zustand', 'MIT'],
  ['virtua', 'MIT'],
  ['linkify-it', 'MIT'],
  ['qr', 'MIT'],
  ['frimousse', 'MIT'],
  ['Emojibase', 'MIT'],
  ['Lucide', 'ISC'],
  ['idb', 'ISC'],
  ['Workbox', 'MIT'],
];
