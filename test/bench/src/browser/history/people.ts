/** People of the benchmark, each an engine in Node. */
import { join } from 'node:path';
import { createIdentity, openEngine, type EngineHandle } from '@sotto/engine';
import { openProfile, type Profile } from '@sotto/engine/platform/node/profile';

const LOOK_MS = 30;

export interface BenchPerson {
  readonly engine: EngineHandle;
  readonly profile: Profile;
}

/** With an account that the node knows. */
export async function person(folder: string, name: string, url: string): Promise<BenchPerson> {
  const profile = openProfile(join(folder, name));
  await createIdentity(profile.platform, { name, node: url });
  const engine = await openEngine(profile.platform);
  await until(async () => (await engine.whoami({})).invite !== '');
  return { engine, profile };
}

/** Writes to somebody until they have answered. @returns their address */
export async function acceptedBy(engine: EngineHandle, invite: string): Promise<string> {
  const { address } = await engine.add({ to: invite });
  await engine.send({ to: address, text: 'hello', wait: 'stored' });
  await until(async () => (await engine.history({ conversation: address })).messages.some((one) => !one.outgoing));
  return address;
}

/** Accepts the first who asks, and answers. */
export async function acceptFirst(engine: EngineHandle): Promise<void> {
  await until(async () => (await engine.contacts({ status: 'request' })).length > 0);
  const [first] = await engine.contacts({ status: 'request' });
  if (first === undefined) return;
  await engine.updateContact({ address: first.address, status: 'accepted' });
  await engine.send({ to: first.address, text: 'hello', wait: 'delivered' });
}

export async function until(test: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await test())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
