/** Sizes and counts that hold before memory is spent (docs/protocol/wire.md). Lengths are bytes. */

/** A Noise message (Noise specification, section 3), and so a WebSocket message of a link. */
export const MAX_MESSAGE = 65_535;
/** A packet: the plaintext of one Noise transport message. */
export const MAX_PACKET = MAX_MESSAGE - 16;
/** Frames in one packet. */
export const MAX_FRAMES = 64;
/** An envelope's body. */
export const MAX_BODY = 49_152;
/** The only lengths an envelope's body may have. The codec accepts every length; the node refuses the others. */
export const ENVELOPE_SIZES: readonly number[] = [2048, 4096, 8192, 16_384, 32_768, 49_152];
/** Fields of one message that this version does not know. They are skipped. */
export const MAX_UNKNOWN_FIELDS = 16;
/** Elements of any repeated field, where no tighter limit is given. */
export const MAX_REPEATED = 1024;
/** Receipts in one Stored frame. */
export const MAX_STORED_ITEMS = 256;
/** Hashes in the path of one receipt: a commit has at most 2^20 leaves. */
export const MAX_PATH_HASHES = 20;
/** Envelope ids in one Acknowledge frame. */
export const MAX_ACKNOWLEDGED_IDS = 1024;
/** One-time keys in one upload. */
export const MAX_ONE_TIME_KEYS = 100;
export const MAX_ONE_TIME_KYBER_KEYS = 20;
/** Bundles in one answer: what fits a packet. */
export const MAX_BUNDLES = 20;
/** Device numbers are 1 … 127. */
export const MAX_DEVICE = 127;
/** Hashes of request tokens in one SetAccess frame. */
export const MAX_REQUEST_TOKENS = 64;
/** People in one Found frame. */
export const MAX_FOUND = 500;
/** Orders of contents: one more than any can be counted and kept by every implementation (WIRE-10). */
export const MAX_ORDER = 2 ** 48;
/** A name somebody gives himself or another, in UTF-16 code units. */
export const MAX_NAME = 64;
/** The text of an announcement, in UTF-16 code units. */
export const MAX_ANNOUNCEMENT = 4000;
/** A reaction, in UTF-16 code units. */
export const MAX_EMOJI = 32;
/** The text of a line to everybody in a room, in UTF-16 code units. */
export const MAX_ROOM_LINE = 4000;
/** Longest time after which messages disappear: a year. */
export const MAX_DISAPPEAR_SECONDS = 366 * 86_400;
/** Node URLs in a route or a descriptor, and the length of each. */
export const MAX_URLS = 8;
export const MAX_URL = 256;
/** Encoded messages. */
export const MAX_CERTIFICATE = 512;
export const MAX_DEVICE_LIST = 49_152;
export const MAX_DESCRIPTOR = 3072;
export const MAX_INVITE = 4096;
export const MAX_BUNDLE = 8192;
/** HandshakeHello: a handshake message of 4,096 B less keys and tags. */
export const MAX_HELLO = 4096;
/** Founders of a network. */
export const MAX_FOUNDERS = 8;
/** An AdmissionBody, and admissions in a chain up to a founder's. */
export const MAX_ADMISSION = 256;
export const MAX_ADMISSIONS = 4;
/** Descriptors in one View or Gossip: what certainly fits a packet. */
export const MAX_DESCRIPTORS = 20;
/** Marks of descriptors, and renewals, in one Gossip. */
export const MAX_MARKS = 3000;
export const MAX_RENEWALS = 64;
/** Envelopes in one Keep or Copies, ids in one FetchCopies. */
export const MAX_KEEP_ITEMS = 16;
export const MAX_COPY_IDS = 64;
/** Partitions of a ring. */
export const PARTITIONS = 16_384;
/** Digests in one Partitions frame, ranges in one Reconcile. */
export const MAX_DIGESTS = 1024;
export const MAX_RANGES = 256;
/** Ids in one range of a Reconcile. */
export const MAX_RANGE_IDS = 1024;
/** Data of one TunnelData frame: with it the frame fits a packet. */
export const MAX_TUNNEL_DATA = 65_000;
/** A WebSocket close reason. */
export const MAX_CLOSE_REASON = 120;
