/**
 * An adversary who has a node's notes of a day (addresses, times, sizes) and guesses who sent each envelope, and who
 * knows whom. What comes over one anonymous link comes from one sender, so it guesses the owner of each link: by the
 * address; by who was attached, and who came and went with the link; by what was delivered to whom just before
 * something was sent (receipts, answers); and, round after round, by what the other guesses say.
 */
import type { Observation, Sending } from './observation.ts';

/** How late the program does what it does by itself (it is public). */
export interface Timing {
  /** Receipts, after what they confirm came. */
  readonly receiptMs: readonly [from: number, to: number];
  /** Copies to the sender's own devices, after the message. */
  readonly copyMs: readonly [from: number, to: number];
}

export interface Guesses {
  /** Of each sending: the account that is thought to have sent it. */
  readonly senders: readonly string[];
  /** Pairs of accounts, `a|b` in order, the surest first. */
  readonly pairs: readonly string[];
}

const ROUNDS = 6;
/** Log-likelihoods; rough, as an adversary who has never seen the truth would set them. */
const WEIGHT = {
  sameAddress: 50,
  absent: -8,
  cameWith: 2,
  wentWith: 5,
  back: 2,
  answerTo: 1,
  knownPair: 0.5,
} as const;
/** A link is opened for the first thing that is to be sent, often right after the person came. */
const CAME_WITHIN_MS = 2000;
/** Programs that end close all their links. */
const WENT_WITHIN_MS = 50;
const ANSWER_WITHIN_MS = 30_000;
const SLACK_MS = 100;
/** Most happens in the hours in which people are awake. */
const DAY_MS = 16 * 3_600_000;
/** What is sent: receipts of the moment; what follows something that was just read; the rest. What has no copy. */
const PART = { receipts: 0.25, answers: 0.35, others: 0.4, uncopied: 0.6 } as const;

export function attack(seen: Observation, timing: Timing): Guesses {
  const accounts = [...new Set(seen.attachments.map(({ account }) => account))].sort();
  const byLink = Map.groupBy(
    seen.sendings.map((sending, number) => ({ ...sending, number })),
    ({ link }) => link,
  );
  const delivered = new Map(accounts.map((account) => [account, [] as { atMs: number; from: number }[]]));
  for (const { account, atMs, sending } of seen.deliveries) {
    const { link, live } = seen.sendings[sending]!;
    if (!live) delivered.get(account)?.push({ atMs, from: link });
  }
  const standing = new Map<number, Map<string, number>>();
  const several = devicesOf(seen.sendings);
  for (const [link, sent] of byLink) standing.set(link, alone(seen, accounts, several, link, sent, timing));

  let owners = new Map<number, string>();
  let known = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Map<number, string>();
    for (const [link, sent] of byLink) {
      let best = '';
      let most = -Infinity;
      for (const account of accounts) {
        const own = standing.get(link)!.get(account) ?? -Infinity;
        if (own === -Infinity) continue;
        const score = own + together(account, sent, delivered.get(account)!, owners, known, timing, round);
        if (score > most) [best, most] = [account, score];
      }
      next.set(link, best);
    }
    owners = next;
    known = pairCounts(seen.sendings, owners);
  }
  return {
    senders: seen.sendings.map(({ link }) => owners.get(link) ?? ''),
    pairs: [...known].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([pair]) => pair),
  };
}

/** What one link says for each account by itself. */
function alone(
  { attachments, links }: Observation,
  accounts: readonly string[],
  several: ReadonlyMap<string, readonly number[]>,
  link: number,
  sent: readonly Sending[],
  { copyMs }: Timing,
): Map<string, number> {
  const span = links.get(link)!;
  const scores = new Map<string, number>();
  for (const account of accounts) {
    // Nobody writes to himself, but to his other devices.
    const copies = several.get(account);
    if (copies === undefined && sent.some(({ mailbox }) => mailbox === account)) continue;
    const own = attachments.filter((attachment) => attachment.account === account);
    let score = copies === undefined ? 0 : copied(account, sent, copies, copyMs);
    for (const { atMs } of sent) {
      if (!own.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs + SLACK_MS)) score += WEIGHT.absent;
    }
    if (span.remote !== null && own.some(({ remote }) => remote === span.remote)) score += WEIGHT.sameAddress;
    if (own.some(({ fromMs }) => span.fromMs - fromMs >= 0 && span.fromMs - fromMs <= CAME_WITHIN_MS)) {
      score += WEIGHT.cameWith;
    }
    if (own.some(({ toMs }) => Math.abs(span.toMs - toMs) <= WENT_WITHIN_MS)) score += WEIGHT.wentWith;
    scores.set(account, score);
  }
  return scores;
}

/** What somebody with several devices sends is followed by copies to those. */
function copied(
  account: string,
  sent: readonly Sending[],
  copies: readonly number[],
  [fromMs, toMs]: Timing['copyMs'],
): number {
  const accident = Math.max(1e-4, Math.min(1, (copies.length * (toMs - fromMs + 2 * SLACK_MS)) / DAY_MS));
  let score = 0;
  for (const { atMs, mailbox, live } of sent) {
    if (live || mailbox === account) continue;
    const follows = copies.some((at) => at - atMs >= fromMs - SLACK_MS && at - atMs <= toMs + SLACK_MS);
    score += Math.log(PART.uncopied + (follows ? (1 - PART.uncopied) / accident : 0));
  }
  return score;
}

/** Times of everything stored for accounts with more than one device. */
function devicesOf(sendings: readonly Sending[]): Map<string, number[]> {
  const several = new Set(sendings.flatMap(({ mailbox, device }) => (device > 1 ? [mailbox] : [])));
  const times = new Map<string, number[]>([...several].map((account) => [account, []]));
  for (const { mailbox, live, atMs } of sendings) if (!live) times.get(mailbox)?.push(atMs);
  return times;
}

/** What the account was handed just before the link was used, and what the other guesses say about that. */
function together(
  account: string,
  sent: readonly Sending[],
  delivered: readonly { atMs: number; from: number }[],
  owners: ReadonlyMap<number, string>,
  known: ReadonlyMap<string, number>,
  { receiptMs: [receiptFromMs, receiptToMs] }: Timing,
  round: number,
): number {
  let score = 0;
  // How likely a delivery stands before something by accident.
  const accident = (windowMs: number): number => Math.max(1e-4, (delivered.length * windowMs) / DAY_MS);
  const receiptGain = PART.receipts / accident(receiptToMs - receiptFromMs + 2 * SLACK_MS);
  const answerGain = PART.answers / accident(ANSWER_WITHIN_MS);
  // What is said once of a link and a recipient must not count again with every envelope between them.
  const answered = new Set<string>();
  for (const { atMs, mailbox, live } of sent) {
    let [isReceipt, isAnswer, back] = [false, false, false];
    for (let at = firstAfter(delivered, atMs - ANSWER_WITHIN_MS); at < delivered.length; at++) {
      const before = atMs - delivered[at]!.atMs;
      if (before < 0) break;
      isAnswer = true;
      const fits = !live && before >= receiptFromMs - SLACK_MS && before <= receiptToMs + SLACK_MS;
      isReceipt ||= fits;
      if (round === 0 || owners.get(delivered[at]!.from) !== mailbox) continue;
      answered.add(mailbox);
      back ||= fits;
    }
    score += Math.log(PART.others + (isReceipt ? receiptGain : 0) + (isAnswer ? answerGain : 0));
    if (back) score += WEIGHT.back;
  }
  if (round === 0) return score;
  score += WEIGHT.answerTo * answered.size;
  for (const mailbox of new Set(sent.map((sending) => sending.mailbox))) {
    score += WEIGHT.knownPair * Math.log1p(known.get(pairOf(account, mailbox)) ?? 0);
  }
  return score;
}

function pairCounts(sendings: readonly Sending[], owners: ReadonlyMap<number, string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { link, mailbox } of sendings) {
    const pair = pairOf(owners.get(link) ?? '', mailbox);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return counts;
}

export const pairOf = (a: string, b: string): string => (a < b ? `${a}|${b}` : `${b}|${a}`);

/** Index of the first delivery not before `atMs`; they are in order of time. */
function firstAfter(delivered: readonly { atMs: number }[], atMs: number): number {
  let [low, high] = [0, delivered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (delivered[middle]!.atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
