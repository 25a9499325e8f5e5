/** What HTTP clients may ask. Durations in ms unless the name says otherwise, sizes in bytes. */
export interface ApiLimits {
  /** Requests of one address; behind a proxy that is not trusted it is the proxy's. */
  readonly requestBurst: number;
  readonly requestsPerSecond: number;
  /** Requests that are being read, worked on or answered; waiting polls do not count. */
  readonly underWayPerAddress: number;
  readonly underWay: number;
  /** Longest wait of a poll: below the minute after which proxies give up. */
  readonly maxWaitSeconds: number;
  /** Polls that wait, of one address and of all; of one device only the newest waits. */
  readonly pollsPerAddress: number;
  readonly polls: number;
  /** Envelopes in one answer, and bytes of their bodies. */
  readonly fetchEnvelopes: number;
  readonly fetchBytes: number;
  /** Answers that their readers have not taken yet, of all, and how long each has for it. */
  readonly untakenBytes: number;
  readonly answerMs: number;
  /** A signature counts so long before and after the node's own time. */
  readonly signatureSeconds: number;
  /** Nonces that are remembered until their signatures are too old. */
  readonly nonces: number;
}

export const API_LIMITS: ApiLimits = {
  requestBurst: 1000,
  requestsPerSecond: 200,
  underWayPerAddress: 128,
  underWay: 512,
  maxWaitSeconds: 50,
  pollsPerAddress: 2048,
  polls: 20_000,
  fetchEnvelopes: 64,
  fetchBytes: 1 << 20,
  untakenBytes: 64 << 20,
  answerMs: 30_000,
  signatureSeconds: 120,
  nonces: 200_000,
};
