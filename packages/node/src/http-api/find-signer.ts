import { IdentityError, type VerifiedCertificate, verifyDeviceList } from '@sotto/protocol/identity';
import type { DeviceList } from '@sotto/protocol/wire';
import type { Access } from '../store/relay-store.ts';
import type { ApiParts } from './api-parts.ts';
import { ApiProblem } from './problem.ts';
import { PeerError } from '../ring/peer-error.ts';
import { describeError } from '../log.ts';

/** @throws ApiProblem busy */
export function accessOf({ access, log, spread }: ApiParts, account: Uint8Array): Promise<Access | null> {
  return new Promise((resolve, reject) =>
    access.with(account, resolve, (error) => {
      // That other homes are out of reach is no fault of this node.
      if (!(error instanceof PeerError)) log.error('access-failed', describeError(error));
      reject(new ApiProblem('busy', { retryMs: spread(1000) }));
    }),
  );
}

/**
 * The certificate of the device that claims to have signed: of the list held here, or of the list that comes with the
 * request, which its account signed (HTTP-14).
 * @param brought null: none
 * @throws ApiProblem unknown-device, bad-keys
 */
export async function findSigner(
  api: ApiParts,
  { account, device }: { readonly account: Uint8Array; readonly device: number },
  brought: DeviceList | null,
): Promise<VerifiedCertificate> {
  const certificate = brought === null ? await heldOf(api, account, device) : broughtOf(api, brought, account, device);
  if (certificate === null) throw new ApiProblem('unknown-device');
  return certificate;
}

async function heldOf(api: ApiParts, account: Uint8Array, device: number): Promise<VerifiedCertificate | null> {
  const access = await accessOf(api, account);
  return access === null ? null : api.keys.certificateOf(account, access, device);
}

function broughtOf(
  { primitives }: ApiParts,
  brought: DeviceList,
  account: Uint8Array,
  device: number,
): VerifiedCertificate | null {
  try {
    const { devices } = verifyDeviceList(primitives, brought, account);
    return devices.find((certificate) => certificate.device === device) ?? null;
  } catch (error) {
    if (error instanceof IdentityError) throw new ApiProblem('bad-keys');
    throw error;
  }
}
