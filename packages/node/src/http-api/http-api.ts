import type { IncomingMessage, ServerResponse } from 'node:http';
import { create, DeviceListSchema, type DeviceList } from '@sotto/protocol/wire';
import type { z } from 'zod';
import { LinkOwner } from '../links/link-owner.ts';
import { RateByKey } from '../links/rate-by-key.ts';
import { describeError } from '../log.ts';
import { AnswerLimit } from '../server/answer-limit.ts';
import { deviceKey } from '../text-key.ts';
import { API_LIMITS, type ApiLimits } from './api-limits.ts';
import type { ApiParts } from './api-parts.ts';
import { findSigner } from './find-signer.ts';
import { LongPolls } from './long-polls.ts';
import { ApiProblem } from './problem.ts';
import { parseJson, readBody } from './read-body.ts';
import { Reply } from './reply.ts';
import { RequestContext } from './request-context.ts';
import { findRoute, isRoute } from './routes/find-route.ts';
import { type Claim, readClaim, verifyClaim, type Verification } from './signature/authenticate.ts';
import { ReplayGuard } from './signature/replay-guard.ts';
import { headerOf, type RawRequest } from './signature/signature-base.ts';

/** Signatures in a device list: as many as its check may take. */
const LIST_COST = 8;
/** Addresses stand for many people: so many times the rate of one link. */
const ADDRESS_SHARE = 8;
const BUSY_MS = 1000;

/** The versioned HTTP interface of a node: what links are asked, over requests (docs/protocol/http-api.md). */
export class HttpApi {
  readonly #parts: ApiParts;
  readonly #limits: ApiLimits;
  readonly #polls: LongPolls;
  readonly #reply: Reply;
  readonly #underWay: AnswerLimit;
  readonly #requests: RateByKey;
  readonly #coldByAddress: RateByKey;
  readonly #coldByDevice: RateByKey;
  readonly #verification: Verification;
  #draining = false;

  constructor(parts: ApiParts, limits: Partial<ApiLimits> = {}) {
    const all = { ...API_LIMITS, ...limits };
    const { primitives, identity, stored, limits: nodeLimits } = parts;
    const { coldBurst, coldPerSecond } = nodeLimits;
    this.#parts = parts;
    this.#limits = all;
    const skip = ({ account, device }: LinkOwner, cursor: number): void =>
      stored?.deliveries.get(deviceKey(account, device))?.skip(cursor);
    this.#polls = new LongPolls({ ...parts, skip }, all);
    this.#reply = new Reply(parts, all);
    this.#underWay = new AnswerLimit({ perRemote: all.underWayPerAddress, inAll: all.underWay });
    this.#requests = new RateByKey(all.requestBurst, all.requestsPerSecond);
    this.#coldByAddress = new RateByKey(ADDRESS_SHARE * coldBurst, ADDRESS_SHARE * coldPerSecond);
    this.#coldByDevice = new RateByKey(coldBurst, coldPerSecond);
    this.#verification = {
      primitives,
      nodeId: identity.nodeId,
      windowSeconds: all.signatureSeconds,
      startedSeconds: Math.floor(parts.startedMs / 1000),
      // A signature counts from so long before the node's time to as long after it.
      replays: new ReplayGuard(2 * all.signatureSeconds, all.nonces),
    };
  }

  /** Whether something is served at this very path. */
  hasRoute(path: string): boolean {
    return isRoute(path);
  }

  /** Polls that wait. */
  get waiting(): number {
    return this.#polls.waiting;
  }

  /**
   * Answers whatever it is; never rejects.
   * @param remote under which the request counts for limits per address
   */
  async handle(request: IncomingMessage, response: ServerResponse, remote: string): Promise<void> {
    const place = this.#underWay.begin(remote);
    let held = place !== null;
    const leave = (): void => {
      if (held) place?.();
      held = false;
    };
    try {
      if (place === null) throw new ApiProblem('busy', { retryMs: this.#parts.spread(BUSY_MS) });
      await this.#answer(request, response, remote, leave);
    } catch (error) {
      this.#reply.problem(request, response, this.#problemOf(error));
    } finally {
      leave();
    }
  }

  /** Waiting polls are answered, and nothing new is begun but acknowledgements, which the dispatcher takes. */
  drain(): void {
    this.#draining = true;
    this.#polls.drain();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, remote: string, leave: () => void): Promise<void> {
    const { clock, spread } = this.#parts;
    if (!this.#requests.take(remote, clock.now())) throw new ApiProblem('too-many', { retryMs: spread(BUSY_MS) });
    const target = request.url ?? '/';
    const route = findRoute(request, target);
    if (route === 'preflight') return this.#reply.preflight(response);
    if (this.#draining && !route.whileDraining) {
      throw new ApiProblem('going-away', { retryMs: spread(BUSY_MS) });
    }
    if (!route.everywhere) this.#refuseElsewhere();
    const raw: RawRequest = { method: request.method ?? '', target, headers: request.headersDistinct };
    const claim =
      route.signer === 'nobody' ? null : readClaim(raw, route.body !== null, clock.now(), this.#verification);
    const bytes = await readBody(request, route.maxBodyBytes);
    const query = route.query === null ? null : validated(route.query, queryOf(target));
    const body = route.body === null ? null : validated(route.body, parseJson(headerOf(raw, 'content-type'), bytes));
    let owner: LinkOwner | null = null;
    if (claim !== null) {
      const brought = route.signer === 'device-with-list' ? listIn(body) : null;
      const cost = brought === null ? 1 : LIST_COST;
      if (!this.#coldByAddress.take(remote, clock.now(), cost)) {
        throw new ApiProblem('too-many', { retryMs: spread(BUSY_MS) });
      }
      const certificate = await findSigner(this.#parts, claim, brought);
      verifyClaim(this.#verification, raw, bytes, claim, certificate, clock.now(), () =>
        this.#coldByDevice.take(deviceKey(claim.account, claim.device), clock.now()),
      );
      if (await this.#takenElsewhere(claim)) throw new ApiProblem('signature-replayed');
      owner = new LinkOwner(certificate);
    }
    const [cold, key] =
      owner === null ? [this.#coldByAddress, remote] : [this.#coldByDevice, deviceKey(owner.account, owner.device)];
    const context = new RequestContext({
      api: this.#parts,
      limits: this.#limits,
      polls: this.#polls,
      query,
      body,
      remote,
      owner,
      takeCold: (cost) => cold.take(key, clock.now(), cost),
      giveCold: (cost) => cold.give(key, cost),
      response,
      waiting: leave,
    });
    const answer = await route.run(context);
    if (this.#draining) response.setHeader('connection', 'close');
    await this.#reply.answer(response, route, answer);
  }

  /** Once more the window: clocks of edges may be apart. */
  async #takenElsewhere({ account, device, nonce }: Claim): Promise<boolean> {
    const { wake } = this.#parts;
    if (wake === null) return false;
    return !(await wake.takeNonce({ mailbox: account, device }, nonce, 3 * this.#limits.signatureSeconds));
  }

  #refuseElsewhere(): void {
    if (this.#parts.isRoom) throw new ApiProblem('private-room');
    if (this.#parts.stored === null) throw new ApiProblem('live-node');
  }

  #problemOf(error: unknown): ApiProblem {
    if (error instanceof ApiProblem) return error;
    // A client that breaks off while it sends is no fault of this node.
    if ((error as { code?: unknown }).code === 'ECONNRESET') return new ApiProblem('bad-request');
    this.#parts.metrics.internalErrors += 1;
    this.#parts.log.error('api-failed', describeError(error));
    return new ApiProblem('internal');
  }
}

/** @throws ApiProblem bad-request, which says where, never what */
function validated(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = issue.path.length === 0 ? 'The request' : `\`${issue.path.join('.')}\``;
  throw new ApiProblem('bad-request', { detail: `${where} is not right (${issue.code}).` });
}

/** A name that comes twice has no meaning here. @throws ApiProblem */
function queryOf(target: string): Record<string, string> {
  const at = target.indexOf('?');
  const query: Record<string, string> = Object.create(null);
  if (at < 0) return query;
  for (const [name, value] of new URLSearchParams(target.slice(at + 1))) {
    if (name in query) throw new ApiProblem('bad-request', { detail: 'A name comes twice in the query.' });
    query[name] = value;
  }
  return query;
}

function listIn(body: unknown): DeviceList | null {
  const { deviceList } = body as { deviceList?: { body: Uint8Array; signature: Uint8Array } };
  return deviceList === undefined ? null : create(DeviceListSchema, deviceList);
}
