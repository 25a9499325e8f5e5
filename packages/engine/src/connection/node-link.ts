import { CLOSE, LinkError } from '@sotto/protocol/link';
import type { LinkChannel } from '@sotto/protocol/link';
import { RefusalCode } from '@sotto/protocol/wire';
import type { BodyOf, Frame, FrameBody } from '@sotto/protocol/wire';
import type { Clock, Socket } from '../ports.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { ConnectionError } from './connection-error.ts';
import type { MoreAnswers, NodeRequests, RequestOptions } from './connection.ts';
import { errorOfClose, toConnectionError } from './link-failure.ts';
import { OutgoingPackets } from './outgoing-packets.ts';
import { RequestWindow } from './request-window.ts';
import { say } from '../sentences/say.ts';

/** What a node sends without being asked. */
export type NodeNews = BodyOf<'deliver'> | BodyOf<'keyCounts'> | BodyOf<'presence'> | BodyOf<'announcement'>;

/** Of a link inside this one. */
export type TunnelNews = BodyOf<'tunnelData'> | BodyOf<'tunnelClose'>;

export interface LinkEvents {
  onNews(news: NodeNews): void;
  /** Not there: tunnels are not used on this link, and what is said of them is not heard. */
  onTunnel?(news: TunnelNews): void;
  /** All that waited was pushed: the end of a sweep. */
  onSwept?(): void;
  /** Called once; `closed` after an own close(). */
  onEnd(error: ConnectionError): void;
}

export const DEFAULT_TIMEOUT_MS = 30_000;
/** How long silence is borne. */
interface Patience {
  /** Silence after which the node is asked whether it is there, ... */
  readonly quietMs: number;
  /** ... while it owes an answer, ... */
  readonly owingMs: number;
  /** ... and how long it may take to answer. */
  readonly pongMs: number;
}

/** LNKC-7 */
const CALM: Patience = { quietMs: 45_000, owingMs: 15_000, pongMs: 10_000 };
/** While somebody else could be asked instead (RING-65). */
const BRISK: Patience = { quietMs: 2500, owingMs: 2500, pongMs: 1500 };
/** Posts are dropped while the socket holds so much. */
const FULL_BYTES = 1 << 20;

/** One finished link to one node. */
export class NodeLink implements NodeRequests {
  readonly #socket: Socket;
  readonly #channel: LinkChannel;
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  readonly #packets: OutgoingPackets;
  readonly #window: RequestWindow;
  readonly #acknowledgements: Acknowledgements;
  readonly #socketClosed = Promise.withResolvers<void>();
  #ended = false;
  #closingRetryMs = 0;
  #heardMs: number;
  #pingedMs: number | null = null;
  #cancelWatch: () => void;
  #patience = CALM;

  /** Of the node's descriptor; empty on an anonymous link. */
  readonly capabilities: readonly string[];

  /** @param socket its handshake is done; from now on its handlers belong to the link */
  constructor(socket: Socket, channel: LinkChannel, capabilities: readonly string[], clock: Clock, events: LinkEvents) {
    this.capabilities = capabilities;
    this.#socket = socket;
    this.#channel = channel;
    this.#clock = clock;
    this.#events = events;
    this.#packets = new OutgoingPackets((packet) => this.#transmit(packet));
    this.#window = new RequestWindow(clock, (encoded) => this.#packets.addEncoded(encoded));
    this.#acknowledgements = new Acknowledgements(clock, (body, onError) => {
      this.ask(body, DEFAULT_TIMEOUT_MS, () => undefined, onError);
    });
    this.#heardMs = clock.now();
    this.#cancelWatch = clock.after(this.#patience.owingMs, () => this.#watch());
    socket.onMessage = (message) => this.#receive(message);
    socket.onClose = (code) => {
      this.#socketClosed.resolve();
      this.#end(errorOfClose(code, this.#closingRetryMs));
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Requests without an answer. */
  get inFlight(): number {
    return this.#window.inFlight;
  }

  request(body: FrameBody, options: RequestOptions = {}): Promise<FrameBody> {
    const { promise, resolve, reject } = Promise.withResolvers<FrameBody>();
    this.ask(body, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, resolve, reject, options.more);
    return promise;
  }

  /** As request(); the answer is passed on before any frame after it. */
  ask(
    body: FrameBody,
    timeoutMs: number,
    onAnswer: (answer: FrameBody) => void,
    onError: (error: ConnectionError) => void,
    more: MoreAnswers | null = null,
  ): void {
    if (this.#ended) onError(new ConnectionError('offline', 'There is no link to the node.'));
    else this.#window.ask(body, timeoutMs, onAnswer, onError, more);
  }

  post(body: FrameBody): boolean {
    if (this.#ended || this.#socket.bufferedBytes > FULL_BYTES) return false;
    this.#packets.add({ request: 0, body });
    return true;
  }

  /** What the network has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /** As post(), but never dropped while the link lasts: for what would be missed. */
  put(body: FrameBody): void {
    if (!this.#ended) this.#packets.add({ request: 0, body });
  }

  acknowledge(ids: readonly Uint8Array[]): void {
    if (!this.#ended) this.#acknowledgements.add(ids);
  }

  /** @param isBrisk whether silence is to be noticed within seconds */
  watch(isBrisk: boolean): void {
    const patience = isBrisk ? BRISK : CALM;
    if (this.#ended || patience === this.#patience) return;
    this.#patience = patience;
    if (this.#pingedMs !== null) return;
    this.#cancelWatch();
    this.#cancelWatch = this.#clock.after(patience.owingMs, () => this.#watch());
  }

  /** Finds out soon whether the node is still there. */
  probe(): void {
    if (this.#ended || this.#pingedMs !== null) return;
    this.#cancelWatch();
    this.#ping();
  }

  /** Sends what waits, then closes. @returns when the socket is closed */
  async close(): Promise<void> {
    if (!this.#ended) {
      this.#acknowledgements.flush();
      this.#packets.flush();
      this.#end(new ConnectionError('closed', 'The connection was closed on this side.'));
      this.#socket.close(1000, '');
    }
    await this.#socketClosed.promise;
  }

  #transmit(packet: Uint8Array): void {
    if (!this.#ended) this.#socket.send(this.#channel.seal(packet));
  }

  #receive(message: Uint8Array): void {
    if (this.#ended) return;
    let frames: Frame[];
    try {
      frames = this.#channel.open(message);
    } catch (error) {
      this.#fail(toConnectionError(error), error instanceof LinkError ? error.closeCode : CLOSE.malformed.code);
      return;
    }
    this.#heardMs = this.#clock.now();
    this.#pingedMs = null;
    for (const frame of frames) {
      if (this.#ended) return;
      this.#handle(frame);
    }
  }

  #handle({ request, body }: Frame): void {
    switch (body.case) {
      case 'stored':
        for (const item of body.value.items) {
          this.#window.settle(item.request, { case: 'stored', value: { ...body.value, items: [item] } });
        }
        break;
      case 'done':
        if (request === 0) this.#events.onSwept?.();
        else this.#window.settle(request, body);
        break;
      case 'refusal':
      case 'delivered':
      case 'attached':
      case 'bundles':
      case 'view':
      case 'found':
      case 'stateCounter':
      case 'pong':
        this.#window.settle(request, body);
        break;
      case 'keyCounts':
        if (request === 0 || !this.#window.settle(request, body)) this.#events.onNews(body);
        break;
      case 'deliver':
      case 'presence':
      case 'announcement':
        this.#events.onNews(body);
        break;
      case 'tunnelData':
      case 'tunnelClose':
        this.#events.onTunnel?.(body);
        break;
      case 'closing':
        this.#closingRetryMs = body.value.retryMs;
        break;
      case 'ping':
        this.#packets.add({ request, body: { case: 'pong', value: {} } });
        break;
      case 'unknown':
        if (request !== 0) {
          this.#packets.add({
            request,
            body: { case: 'refusal', value: { code: RefusalCode.UNSUPPORTED, retryMs: 0 } },
          });
        }
        break;
      case 'send':
      case 'acknowledge':
      case 'attach':
      case 'publishKeys':
      case 'fetchBundles':
      case 'setAccess':
      case 'compareState':
      case 'find':
      case 'fetchView':
      case 'join':
      case 'joined':
      case 'spreadAcks':
      case 'tunnelOpen':
      case 'peer':
        this.#fail(
          new ConnectionError('protocol', 'The node sent a frame that is not for clients.'),
          CLOSE.malformed.code,
        );
        break;
    }
  }

  #watch(): void {
    if (this.#pingedMs !== null) {
      this.#fail(new ConnectionError('unreachable', say('node-silent')), CLOSE.timeOut.code);
      return;
    }
    const { quietMs, owingMs } = this.#patience;
    const silentMs = this.#clock.now() - this.#heardMs;
    if (silentMs >= quietMs || (silentMs >= owingMs && this.#window.inFlight > 0)) this.#ping();
    else this.#cancelWatch = this.#clock.after(owingMs < quietMs ? owingMs : quietMs - silentMs, () => this.#watch());
  }

  #ping(): void {
    this.#pingedMs = this.#clock.now();
    this.ask({ case: 'ping', value: {} }, DEFAULT_TIMEOUT_MS, ignore, ignore);
    this.#cancelWatch = this.#clock.after(this.#patience.pongMs, () => this.#watch());
  }

  #fail(error: ConnectionError, closeCode: number): void {
    this.#end(error);
    this.#socket.close(closeCode, '');
  }

  #end(error: ConnectionError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelWatch();
    this.#acknowledgements.drop();
    this.#channel.wipe();
    this.#window.fail(error);
    this.#events.onEnd(error);
  }
}

const ignore = (): void => undefined;
