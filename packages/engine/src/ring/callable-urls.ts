/** Which of the addresses that a node gives for itself are dialled from here (RING-80). */
import { dialRule, hostOf } from '@sotto/protocol/ring';

/**
 * Else whoever is in a network could make all its clients knock inside their own networks, and at the programs of their
 * own machines. What names stand for cannot be looked up in a browser: they count as public.
 * @param bootstrap where one came into the network: given by a person, and dialled as it is
 */
export function callableUrls(bootstrap: readonly string[], urls: readonly string[]): string[] {
  const mayDial = dialRule(bootstrap);
  return urls.filter((url) => mayDial(hostOf(url)));
}
