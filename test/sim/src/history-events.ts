/**
 * What happened to messages, as it was seen from outside: the common language of the simulation, of tests with real
 * processes, and of the checker (history-checker.ts). People and their screens are named by any text; message ids are
 * the content ids. A screen that no `joined` names is its person's only one, and bears that person's name.
 */

/** Why a message counts: what its sender was shown. `sent` is not kept over a restart. */
export type ShownState = 'waiting' | 'sent' | 'stored' | 'delivered' | 'read' | 'failed';

/** One row of a conversation as somebody's screen shows it. */
export type ShownRow =
  | {
      readonly kind: 'text';
      readonly position: number;
      readonly id: string;
      readonly text: string;
      /** Written by the person whose screen it is. */
      readonly own?: true;
      /** Who reacted with what, in the order of names. */
      readonly reactions?: readonly Reaction[];
      /** ms: when it will be gone. 0: it will have an end, which is not known yet. */
      readonly expiresAt?: number;
    }
  /** Taken back by its author. */
  | { readonly kind: 'deleted'; readonly position: number; readonly id: string; readonly own?: true }
  /** So many messages are missing here; 0: none any more. @property of the screen whose messages they are, when known */
  | { readonly kind: 'gap'; readonly position: number; readonly missing: number; readonly of?: string }
  | { readonly kind: 'undecryptable' | 'unknown' | 'timer'; readonly position: number; readonly id: string };

export interface Reaction {
  /** A person. */
  readonly by: string;
  readonly emoji: string;
}

/** What somebody wants to be true of a message: other words, no words, one reaction of his own ('': none). */
export type Change = { readonly text: string } | { readonly deleted: true } | { readonly emoji: string };

export type HistoryEvent =
  /** A screen more for this person; what came before need not be on it. */
  | { readonly type: 'joined'; readonly by: string; readonly person: string }
  /** From here on this screen is no longer its person's: nothing is owed to it. */
  | { readonly type: 'revoked'; readonly by: string }
  /** A person wants to send this; from now on it may be shown. Its place among the messages of this screen is given by `sent`. */
  | { readonly type: 'tried'; readonly by: string; readonly to: string; readonly id: string; readonly text: string }
  /** The program took it over. */
  | { readonly type: 'sent'; readonly by: string; readonly id: string }
  /** The person asked for another attempt, of a message that was shown as failed. */
  | { readonly type: 'resent'; readonly by: string; readonly id: string }
  /** A person wants to change this message, at this time of the screen's clock; from now on it may show. */
  | {
      readonly type: 'changing';
      readonly by: string;
      readonly id: string;
      readonly at: number;
      readonly change: Change;
    }
  /** The program took that change over. */
  | { readonly type: 'changed'; readonly by: string; readonly id: string; readonly at: number }
  /** Messages written here to that person are to disappear after so long, or no more. It has a place among them. */
  | { readonly type: 'timing'; readonly by: string; readonly to: string; readonly seconds: number }
  | { readonly type: 'state'; readonly by: string; readonly id: string; readonly state: ShownState }
  /** A row appeared or changed on somebody's screen, in the conversation with the person `from`. */
  | { readonly type: 'shown'; readonly by: string; readonly from: string; readonly row: ShownRow }
  /** All rows of the conversation with `from`, in the order of the screen: after a restart, or at the end. */
  | {
      readonly type: 'history';
      readonly by: string;
      readonly from: string;
      readonly rows: readonly ShownRow[];
      /** ms, by the clock of the screen. */
      readonly at?: number;
    }
  /** The program says that something in it went wrong which should not be possible. */
  | { readonly type: 'fault'; readonly by: string; readonly text: string }
  | { readonly type: 'restarted'; readonly by: string }
  /** A copy of the disk was made, while the program ran or not. */
  | { readonly type: 'imaged'; readonly by: string; readonly image: number }
  /** The disk is as it was then, and nobody told the program. */
  | { readonly type: 'restored'; readonly by: string; readonly image: number }
  /** Sessions of this screen are gone, or are older ones. */
  | { readonly type: 'sessions-lost'; readonly by: string }
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
   * On the disk of the node as something new.
   * @property by null: nobody can say who sent it
   * @property to the screen for which it is
   * @property content the message or receipt in it; null: nothing that its sender knows of any more
   */
  | {
      readonly type: 'stored';
      readonly envelope: string;
      readonly by: string | null;
      readonly to: string;
      readonly content: string | null;
    }
  /** Read from the disk, to be delivered. */
  | { readonly type: 'taken'; readonly envelope: string }
  /** Taken off the disk for the recipient's acknowledgement. @property kept whether the recipient's own disk has seen it */
  | { readonly type: 'acknowledged'; readonly envelope: string; readonly kept: boolean }
  /** The node knows from now on that this screen was revoked. */
  | { readonly type: 'unlisted'; readonly screen: string }
  /** At the end: what still waits somewhere. */
  | { readonly type: 'left'; readonly where: string; readonly count: number };
