/** About the node and the way to it, and faults of our own. */
export const NODE_SENTENCES = {
  'node-address-malformed': '"{text}" is not the address of a node.',
  'node-url-malformed': 'This is not the address of a node.',
  'node-unreached': 'The node was not reached yet.',
  'node-unreachable': 'The node cannot be reached.',
  'node-lost': 'The connection to the node was lost.',
  'node-silent': 'The node has fallen silent.',
  'node-tls': "The node's TLS certificate is not acceptable.",
  'node-bad-url': 'The node has no address that can be used.',
  'node-handshake': 'What answers at this address cannot prove to be the node.',
  'node-wrong-node':
    'Another node answers at this address than the one that was there before. Either its operator has given it a new identity, or somebody is in between. Nothing was sent. Ask the operator before you accept the new one.',
  'node-wrong-psk': 'The private room of this node has another pre-shared key.',
  'node-needs-psk': 'The node is a private room: it needs a pre-shared key.',
  'node-takes-no-psk': 'The node takes no pre-shared key, but this profile has one.',
  'node-version': 'The node does not speak this version. Update this program, or the node.',
  'node-not-allowed': 'The node does not let this account in.',
  'node-replaced': 'This device is connected from somewhere else as well.',
  'node-going-away': 'The node is going away for a while.',
  'node-not-reached': 'The node cannot be reached through other nodes.',
  'node-too-many': 'The node has too many connections.',
  'node-protocol': 'The node sent something that is not of the protocol.',
  'node-disconnected': 'The connection to the node was lost.',
  'node-timeout': 'The node did not answer in time.',
  'node-busy': 'The node is busy.',
  'node-refused': 'The node refused this.',
  'node-offline': 'There is no connection to the node.',
  'node-closed': 'The connection was closed on this side.',
  'disk-full': 'The disk of this device is full. Nothing was changed. Make room, then try again.',
  'database-unusable':
    'The database of this profile cannot be used just now. Nothing was changed. Try again; if it stays so, start Sotto anew.',
  failed: 'Something went wrong inside Sotto. Nothing was sent.',
  'engine-closed': 'The engine was closed.',
  'owner-ended': 'What ran this profile has ended. It may have been done, or not: look, then try again.',

  'notice-views-disagree':
    'A contact and you are shown different networks: other nodes, for more than one epoch. One of you may be deceived about where messages are kept. Compare over another way, or tell your operator.',
  'notice-node-changed': 'The node is another one than before.',
  'notice-keys-refused': 'The node refused the keys of this device. Others cannot write to it.',
  'notice-account-new-here':
    'This node did not know the account: it was taken up here as if it were new. If it had another node, move this profile there.',
  'notice-storage-went-back':
    'The storage of this device is older than it was when it was last used: a disk image or a copy of the profile was put back, or the same profile runs in two places. All conversations go on with fresh keys by themselves, and what is missing here is asked for. Run a profile in one place only; for a second machine, link it as a device of its own.',
  'notice-own-list-refused':
    'Your node handed out a list of your devices that contradicts the one this device knows. It was refused: the node was set back, or somebody lies. Your messages go on as before.',
  'notice-list-refused':
    'Their node handed out a list of their devices that contradicts the one seen before. It was refused.',
  'notice-devices-changed': 'Their devices changed: {added} added, {removed} removed. Their account key is the same.',
  'notice-own-devices-changed': 'The devices of this account changed.',
  'notice-device-added': 'Device {device} was added.',
  'notice-device-removed': 'Device {device} was removed.',
  'notice-sync-incomplete':
    'Some of what happened on another device of this account never came here: that device has it no more, or was not reached for days. Messages may be missing here.',
} as const;
