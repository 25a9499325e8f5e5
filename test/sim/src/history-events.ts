/**
 * What happened to messages, as it was seen from outside: the common language of the simulation, of tests with real
 * processes, and of the checker (history-checker.ts). People are named by any text; message ids are the content ids.
 */

/** Why a message counts: what its sender was shown. `sent` is not kept over a restart. */
export type ShownState = 'waiting' | 'sent' | 'stored' | 'delivered' | 'read' | 'failed';

/** One row of a conversation as somebody's screen shows it. */
export type ShownRow =
  | { readonly kind: 'text'; readonly position: number; readonly id: string; readonly text: string }
  /** So many messages are missing here; 0: none any more. */
  | { readonly kind: 'gap'; readonly position: number; readonly missing: number }
  | { readonly kind: 'undecryptable' | 'unknown'; readonly position: number; readonly id: string };

export type HistoryEvent =
  /** A person wants to send this; from now on it may be shown. Its place among the person's messages is given by `sent`. */
  | { readonly type: 'tried'; readonly by: string; readonly to: string; readonly id: string; readonly text: string }
  /** The program took it over. */
  | { readonly type: 'sent'; readonly by: string; readonly id: string }
  /** The person asked for another attempt, of a message that was shown as failed. */
  | { readonly type: 'resent'; readonly by: string; readonly id: string }
  | { readonly type: 'state'; readonly by: string; readonly id: string; readonly state: ShownState }
  /** A row appeared or changed on somebody's screen, in the conversation with `from`. */
  | { readonly type: 'shown'; readonly by: string; readonly from: string; readonly row: ShownRow }
  /** All rows from `from`, in the order of the screen: after a restart, or at the end. */
  | { readonly type: 'history'; readonly by: string; readonly from: string; readonly rows: readonly ShownRow[] }
  /** The program says that something in it went wrong which should not be possible. */
  | { readonly type: 'fault'; readonly by: string; readonly text: string }
  | { readonly type: 'restarted'; readonly by: string }
  /** No faults from here on: what follows tells whether everything arrives. */
  | { readonly type: 'calm' }
  /** Time enough has passed. */
  | { readonly type: 'end' }
  | NodeEvent
  /** For the reader of a trace; means nothing to the checker. */
  | { readonly type: 'note'; readonly by: string; readonly text: string };

/** Seen only where the disk of the node can be watched. Envelopes are named by any text. */
type NodeEvent =
  /**
   * On the disk of the node as something new. @param content the message or receipt in it; null: nothing that its
   * sender knows of any more
   */
  | { readonly type: 'stored'; readonly envelope: string; readonly by: string; readonly content: string | null }
  /** Read from the disk, to be delivered. */
  | { readonly type: 'taken'; readonly envelope: string }
  /** Taken off the disk for the recipient's acknowledgement. @param kept whether the recipient's own disk has seen it */
  | { readonly type: 'acknowledged'; readonly envelope: string; readonly kept: boolean }
  /** At the end: what still waits somewhere. */
  | { readonly type: 'left'; readonly where: string; readonly count: number };
