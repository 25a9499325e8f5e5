/** Of an id, in the index `known`: nobody finds a second envelope for a given id of this length. */
export const KNOWN_ID_BYTES = 16;

export const knownId = (id: Uint8Array): Uint8Array => id.subarray(0, KNOWN_ID_BYTES);

/** The first 48 bits of an id, in the index `waiting`. Not unique: a sender can make two of the same. */
export const tagOf = (id: Uint8Array): number => Buffer.from(id.buffer, id.byteOffset, id.length).readUIntBE(0, 6);
