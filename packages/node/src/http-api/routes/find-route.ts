import type { IncomingMessage } from 'node:http';
import { ApiProblem } from '../problem.ts';
import { ROUTES } from './all-routes.ts';
import { VERSIONS } from './node-routes.ts';
import type { Route } from './route.ts';

const BY_PATH = Map.groupBy(ROUTES, ({ path }) => path);

export const isRoute = (path: string): boolean => BY_PATH.has(path);

/** Methods of a path, as Allow has them. */
export const methodsOf = (path: string): string[] => {
  const methods = (BY_PATH.get(path) ?? []).map(({ method }) => method.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
};

/** @throws ApiProblem not-found, unknown-version, method-not-allowed */
export function findRoute({ method = '' }: IncomingMessage, target: string): Route | 'preflight' {
  const path = target.split('?', 1)[0]!;
  const routes = BY_PATH.get(path);
  if (routes === undefined) {
    if (!/^\/v1(\/|$)/.test(path)) throw new ApiProblem('unknown-version', { versions: VERSIONS });
    throw new ApiProblem('not-found');
  }
  if (method === 'OPTIONS') return 'preflight';
  // The head of an answer to a question that changes nothing and needs no signature.
  const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
  const found = routes.find((route) => route.method === wanted && (method !== 'HEAD' || route.signer === 'nobody'));
  if (found === undefined) throw new ApiProblem('method-not-allowed');
  return found;
}
