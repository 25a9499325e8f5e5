import { type DatabaseSync } from 'node:sqlite';
import {
  type Call,
  type CallFailure,
  type OtherCall,
  readCalls,
  type RequestMessage,
  type ResponseMessage,
  writeEnvelopes,
  writeOutcomes,
} from './calls.ts';
import { allowExtraPages, callError } from './database.ts';
import { DirectoryTables } from './directory-tables.ts';
import { EnvelopeDiscard } from './envelope-discard.ts';
import { EnvelopeExpiry } from './envelope-expiry.ts';
import { EnvelopeTables } from './envelope-tables.ts';
import { PackedReader, PackedWriter } from './packed-bytes.ts';
import { PartitionTables } from './partition-tables.ts';
import { type SqliteStoreOptions } from './sqlite-store.ts';

const RESPONSE_BYTES = 262_144;

/** Answers as they are written for one message back. */
interface Answers {
  readonly writer: PackedWriter;
  readonly others: unknown[];
}

/** Which calls are not even tried, and are told this. */
type Refuse = (call: Call) => CallFailure | null;

/** Runs all that is waiting as one transaction, so that many calls share one flush of the disk. */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #maxFileBytes: number | null;
  readonly #directory: DirectoryTables;
  readonly #envelopes: EnvelopeTables;
  readonly #expiry: EnvelopeExpiry;
  readonly #discard: EnvelopeDiscard;
  readonly #partitions: PartitionTables;
  /** Answers are written here, one message after the other. */
  readonly #buffer = new ArrayBuffer(RESPONSE_BYTES);

  constructor(database: DatabaseSync, { limits, maxFileBytes, pace }: SqliteStoreOptions) {
    this.#database = database;
    this.#maxFileBytes = maxFileBytes;
    this.#directory = new DirectoryTables(database, limits);
    this.#envelopes = new EnvelopeTables(database, limits, this.#directory, pace);
    this.#expiry = new EnvelopeExpiry(database, this.#envelopes);
    this.#discard = new EnvelopeDiscard(database, this.#envelopes);
    this.#partitions = new PartitionTables(database, this.#envelopes);
    this.#envelopes.load();
  }

  /** When it returns, what the answers promise is on the disk (STORE-19). */
  execute(requests: readonly RequestMessage[]): ResponseMessage {
    const calls = requests.flatMap(({ packed, others }) => readCalls(new PackedReader(packed), others));
    const answers = { writer: new PackedWriter(this.#buffer), others: [] };
    this.#answer(calls, answers);
    if (calls.some(({ verb }) => verb === 'clearLog')) this.#clearLog();
    return {
      requests: requests.length,
      // As long as it is: a larger one for each commit would have the other thread collect garbage all the time.
      packed: answers.writer.take().slice(),
      others: answers.others,
      spent: requests.map(({ packed }) => packed.buffer),
    };
  }

  #answer(calls: readonly Call[], answers: Answers): void {
    const failure = this.#attempt(calls, answers, () => null, true);
    if (failure === null) return;
    if (failure.code !== 'disk-full') {
      for (const call of calls) {
        const alone = this.#attempt([call], answers, () => null, false);
        if (alone !== null) writeFailure(answers, alone);
      }
      return;
    }
    // Acknowledgements and expiry make room: let them have what an empty log and a few more pages give (STORE-20).
    this.#clearLog();
    allowExtraPages(this.#database, this.#maxFileBytes, true);
    const second = this.#attempt(calls, answers, (call) => (needsRoom(call) ? failure : null), false);
    allowExtraPages(this.#database, this.#maxFileBytes, false);
    if (second !== null) this.#attempt(calls, answers, (call) => (onlyReads(call) ? null : failure), false);
  }

  /** All or nothing. Returns null when the answers are written. */
  #attempt(calls: readonly Call[], answers: Answers, refuse: Refuse, settle: boolean): CallFailure | null {
    const { writer, others } = answers;
    const { length } = writer;
    const { length: othersLength } = others;
    try {
      this.#database.exec('BEGIN');
      let changes = 0;
      for (const call of calls) {
        const refusal = refuse(call);
        if (refusal === null) changes += this.#apply(call, answers);
        else writeFailure(answers, refusal);
      }
      if (settle && changes > 0) this.#envelopes.recent.settleSome(changes);
      this.#database.exec('COMMIT');
      return null;
    } catch (error) {
      writer.truncate(length);
      others.length = othersLength;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#envelopes.load();
      return callError(error);
    }
  }

  /** Returns about how many envelopes it changed. */
  #apply(call: Call, { writer, others }: Answers): number {
    writer.u8(1);
    switch (call.verb) {
      case 'store': {
        const outcomes = call.items.map((item) => this.#envelopes.store(item));
        writeOutcomes(writer, outcomes);
        return outcomes.length;
      }
      case 'take':
        writeEnvelopes(writer, this.#envelopes.take(call.mailbox, call.device, call.after, call.limit));
        return 0;
      case 'waiting':
        writer.u32(this.#envelopes.waiting(call.mailbox, call.device));
        return 0;
      case 'acknowledge': {
        let count = 0;
        for (const item of call.items) {
          this.#envelopes.acknowledge(item);
          count += item.ids.length;
        }
        return count;
      }
      default:
        others.push(this.#answerOther(call));
        return 0;
    }
  }

  #answerOther(call: OtherCall): unknown {
    switch (call.verb) {
      case 'publishKeys':
        return this.#directory.publish(call.published);
      case 'keyCounts':
        return this.#directory.counts(call.mailbox, call.device);
      case 'claimBundles':
        return this.#directory.claim(call.mailbox, call.devices, call.oneTime);
      case 'access':
        return this.#directory.access(call.mailbox);
      case 'setAccess':
        return this.#directory.setAccess(call.mailbox, call.access, call.tokenHashes);
      case 'compareState':
        return this.#directory.compareState(call.mailbox, call.device, call.expected, call.next);
      case 'tokenIsValid':
        return this.#directory.tokenIsValid(call.mailbox, call.tokenHash);
      case 'accountRecord':
        return this.#directory.record(call.mailbox);
      case 'saveAccount':
        return this.#directory.saveRecord(call.record, call.access);
      case 'heads':
        return call.devices.map(({ mailbox, device }) => this.#envelopes.head(mailbox, device));
      case 'partitionSlice':
        return this.#partitions.counts(call.from, call.to);
      case 'digestSlice':
        return this.#partitions.digests(call.from, call.to);
      case 'inventory':
        return this.#partitions.inventory(call.partition, call.after, call.limit);
      case 'read':
        return call.refs.map((ref) => this.#partitions.read(ref));
      case 'discardSlice':
        return this.#discard.step(call.refs);
      case 'expireSlice':
        return this.#expiry.step(call.nowSeconds);
      case 'clearLog':
      case 'close':
        return null;
    }
  }

  // Moves the log into the database and cuts it to nothing, so that no removed body stays there (STORE-24).
  #clearLog(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // No room or a disk error: nothing is lost, the log stays as it is, and the next call tries again.
    }
  }
}

function writeFailure({ writer, others }: Answers, failure: CallFailure): void {
  writer.u8(0);
  others.push(failure);
}

const NEEDS_ROOM: readonly Call['verb'][] = ['store', 'publishKeys', 'setAccess', 'compareState', 'saveAccount'];
const needsRoom = ({ verb }: Call): boolean => NEEDS_ROOM.includes(verb);

const READING: readonly Call['verb'][] = [
  'take',
  'waiting',
  'heads',
  'keyCounts',
  'access',
  'tokenIsValid',
  'accountRecord',
  'partitionSlice',
  'digestSlice',
  'inventory',
  'read',
  'clearLog',
  'close',
];
const onlyReads = ({ verb }: Call): boolean => READING.includes(verb);
