// Runs in the browser: what a screen would do with a profile, for the tests to call.
import { openBrowserProfile } from '@sotto/engine/platform/browser';
import { EngineError } from '@sotto/engine/api';
import type { EngineEvent } from '@sotto/engine/api';
import type { ProfileState } from '@sotto/engine/platform/browser';
import type { Session } from './page-globals.ts';

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
trustedTypes?.createPolicy('default', { createScriptURL: (url) => url });

globalThis.openSession = (profile): Session => {
  const createWorker = (): Worker => new Worker('/worker.js', { type: 'module' });
  const client = openBrowserProfile({ createWorker, profile });
  const events: EngineEvent[] = [];
  const states: ProfileState[] = [];
  client.engine.on((event) => events.push(event));
  client.onState((state) => states.push(state));
  globalThis.session = { client, events, states };
  return globalThis.session;
};

globalThis.refusal = async (call) => {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof EngineError) return { code: error.code, message: error.message };
    throw error;
  }
};
