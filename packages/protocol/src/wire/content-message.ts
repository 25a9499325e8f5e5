import { checkLength, checkOptionalLength, checkRange, checkSize } from './checks.ts';
import { checkVersion, required } from './checks.ts';
import { checkContentBody, checkProfile } from './content-body.ts';
import { decodeStrict } from './decode-strict.ts';
import { ContentSchema, SealedKind, SealedMessageSchema } from './gen/content_pb.js';
import type { Content, SealedMessage } from './gen/content_pb.js';
import type { DeviceCertificate } from './gen/identity_pb.js';
import { checkCertificate, checkRoute } from './identity-message.ts';
import { MAX_BODY, MAX_ORDER } from './limits.ts';

/**
 * Plaintext of the ratchet layer, without padding. `body.case` is undefined for a kind of content this version
 * does not know: it is shown as such, not refused.
 *
 * @throws WireError
 */
export function decodeContent(bytes: Uint8Array): Content {
  const message = decodeStrict(ContentSchema, bytes, MAX_BODY);
  checkVersion(message.version, 1, 'Content');
  checkLength(message.id, 16, 'Content.id');
  checkLength(message.conversation, 32, 'Content.conversation');
  checkLength(message.from, 32, 'Content.from');
  checkLength(message.to, 32, 'Content.to');
  checkOptionalLength(message.capability, 16, 'Content.capability');
  checkOptionalLength(message.viewHash, 8, 'Content.view_hash');
  checkRange(Number(message.order), 0, MAX_ORDER, 'Content.order');
  if (message.route !== undefined) checkRoute(message.route);
  if (message.profile !== undefined) checkProfile(message.profile);
  checkContentBody(message.body);
  return message;
}

/**
 * Plaintext of the sealed layer, without padding: shape only, the sender is not verified.
 *
 * @throws WireError
 */
export function decodeSealedMessage(bytes: Uint8Array): SealedMessage & { certificate: DeviceCertificate } {
  const message = decodeStrict(SealedMessageSchema, bytes, MAX_BODY);
  const certificate = required(message.certificate, 'SealedMessage.certificate');
  checkCertificate(certificate);
  checkRange(message.kind, SealedKind.PREKEY, SealedKind.RATCHET, 'SealedMessage.kind');
  checkLength(message.contentId, 16, 'SealedMessage.content_id');
  checkSize(message.message, MAX_BODY, 'SealedMessage.message');
  return Object.assign(message, { certificate });
}
