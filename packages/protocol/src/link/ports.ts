/** What a link needs from the world around it. Real sockets and virtual ones look the same. */

/** An open WebSocket that carries binary messages. The owner sets both handlers before the next turn. */
export interface Socket {
  onMessage: (message: Uint8Array) => void;
  /** Called once, also after an own close(). */
  onClose: (code: number, reason: string) => void;
  /** Bytes accepted by send() that the network has not taken yet. */
  readonly bufferedBytes: number;
  /** Never throws; dropped when closed. The socket may keep `message`: the caller must not reuse it. */
  send(message: Uint8Array): void;
  /** Code 1000 or 4000-4999, reason at most 120 bytes. */
  close(code: number, reason: string): void;
  /** Stop and restart reading (backpressure). */
  pause(): void;
  resume(): void;
}

/** Wall clock and timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `callback` once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}
