/**
 * The one size of live-only bodies (`Send.live`), whatever they say: typing, a line in a private room, later the
 * signalling of calls (MB-12). A first message of a session with a short text fits it.
 */
export const LIVE_BODY_BYTES = 4096;

/** A live-only envelope that is not passed on at once is worth nothing; the same for all, so that it tells nothing. */
export const LIVE_SECONDS = 30;
