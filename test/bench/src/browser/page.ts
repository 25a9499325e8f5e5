// Runs in the browser: the whole of what a message costs a client, with the primitives of the web client.
import { loadWebPrimitives } from '@sotto/primitives-web';
import { measureClient, type ClientCost } from '../client-cost.ts';

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

Object.assign(globalThis, {
  measure: async (): Promise<ClientCost> => measureClient({ primitives: await loadWebPrimitives(), random }),
});
