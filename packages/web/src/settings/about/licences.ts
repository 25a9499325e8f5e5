/**
 * What this client is made with, under which licence, and the packages it comes in. A test compares them with what is really
 * bundled.
 */
export const LICENCES: readonly (readonly [name: string, licence: string, packages: readonly string[]])[] = [
  ['React', 'MIT', ['react', 'react-dom', 'scheduler', 'use-sync-external-store']],
  [
    'React Aria Components',
    'Apache-2.0',
    ['react-aria-components', 'react-aria', 'react-stately', '@internationalized/number', '@internationalized/string'],
  ],
  ['SQLite', 'Public domain', []],
  ['SQLite for browsers', 'Apache-2.0', ['@sqlite.org/sqlite-wasm']],
  ['libsodium', 'ISC', ['libsodium', 'libsodium-wrappers', 'libsodium-sumo', 'libsodium-wrappers-sumo']],
  ['noble cryptography', 'MIT', ['@noble/ciphers', '@noble/curves', '@noble/hashes', '@noble/post-quantum']],
  ['scure', 'MIT', ['@scure/base', '@scure/bip39']],
  ['Protobuf-ES', 'Apache-2.0 AND BSD-3-Clause', ['@bufbuild/protobuf']],
  ['i18next', 'MIT', ['i18next', 'react-i18next', 'html-parse-stringify']],
  ['zustand', 'MIT', ['zustand']],
  ['virtua', 'MIT', ['virtua']],
  ['clsx', 'MIT', ['clsx']],
  ['linkify-it', 'MIT', ['linkify-it', 'uc.micro']],
  ['qr', 'MIT OR Apache-2.0', ['qr']],
  ['frimousse', 'MIT', ['frimousse']],
  ['Emojibase', 'MIT', ['emojibase-data']],
  ['Lucide', 'ISC', ['lucide-react']],
  ['idb', 'ISC', ['idb']],
  ['Workbox', 'MIT', ['workbox-core', 'workbox-precaching', 'workbox-routing', 'workbox-strategies']],
];
