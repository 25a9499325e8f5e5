/** Entries of a BatchChannel by which workers of a live node share its keys. */

/** account, 32 B */
export const LIVE_ENTER = 32;
export const LIVE_LEAVE = 33;
/** u32 number | mailbox | token's hash */
export const LIVE_SPEND = 34;
/** u32 number | u8 whether it was good */
export const LIVE_ANSWER = 35;
