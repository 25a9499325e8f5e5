import type { ServerResponse } from 'node:http';
import type { BodyOf, FrameBody, FrameCase, StoredFrame } from '@sotto/protocol/wire';
import type { LinkOwner } from '../links/link-owner.ts';
import { accessOf } from './find-signer.ts';
import { HttpCaller } from './http-caller.ts';
import { ApiProblem } from './problem.ts';
import type { Context } from './routes/route.ts';

export interface ContextParts extends Omit<Context<unknown, unknown>, 'ask' | 'receipts' | 'wait' | 'checkListed'> {
  readonly takeCold: (cost: number) => boolean;
  readonly giveCold: (cost: number) => void;
  readonly response: ServerResponse;
  /** Gives back the place among those that are served. */
  readonly waiting: () => void;
}

/** Number of the one request of a caller. */
const REQUEST = 1;

/** What a route works with. */
export class RequestContext implements Context<never, never> {
  readonly api: ContextParts['api'];
  readonly limits: ContextParts['limits'];
  readonly polls: ContextParts['polls'];
  /** Both validated by the schemas of the route, which alone knows their types. */
  readonly query: never;
  readonly body: never;
  readonly remote: string;
  readonly owner: LinkOwner | null;
  readonly #parts: ContextParts;
  #caller: HttpCaller | null = null;

  constructor(parts: ContextParts) {
    const { api, limits, polls, query, body, remote, owner } = parts;
    this.api = api;
    this.limits = limits;
    this.polls = polls;
    this.query = query as never;
    this.body = body as never;
    this.remote = remote;
    this.owner = owner;
    this.#parts = parts;
  }

  readonly ask = async <Case extends FrameCase>(body: FrameBody, expected: Case): Promise<BodyOf<Case>['value']> => {
    const { api, owner, takeCold, giveCold, remote } = this.#parts;
    const { nodeId, network } = api.identity;
    const caller = new HttpCaller({ ...api, takeCold, giveCold, remote, nodeId, network }, owner);
    if (body.case === 'acknowledge' && api.stored !== null && owner !== null) caller.outlet = api.beside(caller);
    this.#caller = caller;
    api.ask(caller, { request: REQUEST, body });
    const answer = await caller.answer;
    if (answer.case !== expected) throw new ApiProblem('internal');
    return answer.value as BodyOf<Case>['value'];
  };

  readonly receipts = (): readonly StoredFrame[] => this.#caller?.receipts ?? [];

  readonly wait = (gone: () => void): void => {
    this.#parts.waiting();
    this.#parts.response.once('close', gone);
  };

  readonly checkListed = async (): Promise<void> => {
    const { account, device } = this.owner!;
    const access = await accessOf(this.api, account);
    if (access?.devices.includes(device) !== true) throw new ApiProblem('unknown-device');
  };
}
