/** What the doctor finds, and advises. */
export const DOCTOR_SENTENCES = {
  'identity-ephemeral': 'A throw-away identity: it ends with this program.',
  'identity-device': 'Device {device} of {address}.',
  'identity-joining': 'This device was restored and is not in the list of {address} yet.',
  'identity-joining-advice':
    'It gets there by itself as soon as the node is reached. Until then everything can be read, and what you write waits.',
  'database-ok': { one: 'In order, {count} message.', other: 'In order, {count} messages.' },
  'database-damaged': 'The database of this profile is damaged.',
  'database-damaged-advice': 'Check the disk. Your account can be restored with its recovery phrase in a new profile.',
  'node-connected': 'Connected to {node}.',
  'node-connected-homes': {
    one: 'Connected to {node}, which keeps what is sent to you.',
    other: 'Connected to {node}. {count} nodes keep what is sent to you; {reached} of them answered lately.',
  },
  'node-not-connected': 'Not connected to {node}.',
  'node-no-answer': 'No answer yet.',
  'node-wrong-advice': 'Messages wait on this device until that is put right.',
  'node-unreachable-advice': 'Is the node running and reachable from here? Messages wait on this device until it is.',
  'clock-unknown': 'Not compared in this run: no message was stored since the start.',
  'clock-behind': "The node's clock is {seconds} s behind.",
  'clock-ahead': "The node's clock is {seconds} s ahead.",
  'clock-advice': 'Set the clock of this device; messages carry times and end at one.',
  'keys-unknown': 'Not known yet: the node was not reached since the start.',
  'keys-missing': 'The node has no keys of this device.',
  'keys-missing-advice': 'Wait a moment; they are published by themselves.',
  'keys-renewing': 'All keys are being replaced: secrets of published ones were lost.',
  'keys-ok': {
    one: 'The node has {oneTime} + {oneTimeKyber} one-time keys; the others are renewed in {count} day.',
    other: 'The node has {oneTime} + {oneTimeKyber} one-time keys; the others are renewed in {count} days.',
  },
  'waiting-none': 'No message waits to be sent.',
  'waiting-some': {
    one: '{count} message not stored at a node yet.',
    other: '{count} messages not stored at a node yet.',
  },
  'waiting-advice': 'They are tried again by themselves; see each for the reason.',
  'lock-file':
    'The key of the database is in a file of its own beside it. Whoever can read your files, or has this disk without its encryption, can read your messages.',
  'lock-file-advice': 'To lock it: sotto lock passphrase, or sotto lock keyring.',
  'lock-browser':
    'The key of the database is sealed by a key of this browser that no script can read out. Whoever can use this browser, or has its files, can read your messages.',
  'lock-browser-advice': 'To lock it, set a passphrase.',
  'lock-passphrase':
    'The key of the database is locked with a passphrase. If you forget it, only a backup brings your messages back.',
  'lock-keyring':
    "The key of the database is locked with a key in this system's keyring: it opens for your user on this system only.",
  'disk-free': '{megabytes} MB free.',
  'disk-free-much': '{gigabytes} GB free.',
  'disk-little': 'Only {megabytes} MB free.',
  'disk-little-advice':
    'Make room: when the disk is full nothing can be received or written, and nothing is lost until then.',
  'backup-none': 'None was made on this device.',
  'backup-today': 'Made today.',
  'backup-ago': { one: 'Made {count} day ago.', other: 'Made {count} days ago.' },
  'backup-messages': { one: 'It has {count} message.', other: 'It has {count} messages.' },
  'backup-advice': 'Make one, and keep that file somewhere else.',
  'search-whole': { one: 'All {count} message can be searched.', other: 'All {count} messages can be searched.' },
  'search-partly': {
    one: '{indexed} of {count} message can be searched so far; the rest follows by itself, newest first.',
    other: '{indexed} of {count} messages can be searched so far; the rest follows by itself, newest first.',
  },
  'storage-ok': 'Compared with the node at each start: nothing was set back.',
  'storage-went-back': {
    one: 'About {count} hour ago the storage of this device was older than when it was last used. All conversations went on with fresh keys.',
    other:
      'About {count} hours ago the storage of this device was older than when it was last used. All conversations went on with fresh keys.',
  },
  'storage-advice':
    'If a disk image or a copy of the profile was put back, nothing is to be done. If this profile runs on two machines, stop one of them and link it as a device of its own.',
  'sessions-ok': {
    one: 'In order: encrypted sessions with {count} device of others.',
    other: 'In order: encrypted sessions with {count} devices of others.',
  },
  'sessions-unopened': 'Could not be opened and asked for again:',
  'sessions-unopened-from': { one: '{count} message from {name}.', other: '{count} messages from {name}.' },
  'sessions-unopened-somebody': { one: '{count} message from somebody.', other: '{count} messages from somebody.' },
  'sessions-advice':
    'It is repaired by itself when their device is reached. A repair with fresh keys can be asked for at once.',
} as const;
