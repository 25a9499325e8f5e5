import type { z } from 'zod';
import type { EngineApi } from '../api.ts';
import { RPC_ERRORS, asRequest, failure, idOf } from './json-rpc.ts';
import type { RpcId, RpcRequest, RpcResponse } from './json-rpc.ts';
import { failureOf } from './rpc-failure.ts';
import { isRpcMethod } from './rpc-methods.ts';
import { RPC_PARAMS } from './rpc-params.ts';

const MAX_BATCH = 64;

/**
 * Answers one line of JSON-RPC (RPC-3, RPC-4).
 * @returns null when nothing is to be answered. Never throws.
 */
export async function answerLine(engine: EngineApi, line: string): Promise<RpcResponse | RpcResponse[] | null> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return failure(null, RPC_ERRORS.parse, 'Parse error: a line is one JSON object');
  }
  if (!Array.isArray(value)) return await answerRequest(engine, value);
  if (value.length === 0 || value.length > MAX_BATCH) {
    return failure(null, RPC_ERRORS.invalidRequest, `Invalid request: a batch has 1 to ${MAX_BATCH} requests`);
  }
  const answers = await Promise.all(value.map((one: unknown) => answerRequest(engine, one)));
  const wanted = answers.filter((answer) => answer !== null);
  return wanted.length === 0 ? null : wanted;
}

async function answerRequest(engine: EngineApi, value: unknown): Promise<RpcResponse | null> {
  const request = asRequest(value);
  if (request === null) {
    return failure(idOf(value), RPC_ERRORS.invalidRequest, 'Invalid request: jsonrpc "2.0", method and id are needed');
  }
  const answer = await call(engine, request, request.id ?? null);
  return request.id === undefined ? null : answer;
}

async function call(engine: EngineApi, request: RpcRequest, id: RpcId): Promise<RpcResponse> {
  const { method } = request;
  if (!isRpcMethod(method)) return failure(id, RPC_ERRORS.methodNotFound, 'Method not found');
  const parsed = RPC_PARAMS[method].safeParse(request.params ?? {});
  if (!parsed.success) return failure(id, RPC_ERRORS.invalidParams, describeIssue(method, parsed.error));
  try {
    // Each method takes what its own schema gave; that the two belong together is beyond the type checker.
    const perform = engine[method].bind(engine) as (params: unknown) => Promise<unknown>;
    return { jsonrpc: '2.0', id, result: (await perform(parsed.data)) ?? null };
  } catch (error) {
    return failureOf(id, error);
  }
}

function describeIssue(method: string, error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return `Invalid params of ${method}`;
  if (issue.code === 'unrecognized_keys') return `Invalid params of ${method}: there is no "${issue.keys[0] ?? ''}"`;
  const where = issue.path.length === 0 ? 'params' : `"${issue.path.join('.')}"`;
  return `Invalid params of ${method}: ${where}: ${issue.message}`;
}
