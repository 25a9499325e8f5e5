import { z } from 'zod';
import type { EngineApi } from '../api.ts';

/** Longer strings are wrong whatever they are for; the engine's own limits are tighter. */
const text = z.string().max(500_000);
const name = z.string().max(1000);
const target = z.string().min(1).max(8192);
const position = z.number().int().nonnegative();
const limit = z.number().int().min(1).max(1000);
const status = z.enum(['accepted', 'request', 'blocked']);
const messageId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits');
const messageName = { id: messageId, conversation: target.exactOptional() };
const device = z.number().int().min(1).max(127);
const nothing = z.strictObject({});

/** What each method of the engine takes (RPC-5). */
export const RPC_PARAMS: { readonly [Name in keyof EngineApi]: z.ZodType<Parameters<EngineApi[Name]>[0]> } = {
  whoami: nothing,
  connection: nothing,
  setProfile: z.strictObject({
    name: name.exactOptional(),
    color: z.number().int().min(0).max(0xffffff).exactOptional(),
    listed: z.boolean().exactOptional(),
    readReceipts: z.boolean().exactOptional(),
    typing: z.boolean().exactOptional(),
  }),
  add: z.strictObject({ to: target, name: name.exactOptional() }),
  describe: z.strictObject({ to: target }),
  contacts: z.strictObject({ status: status.exactOptional() }),
  updateContact: z.strictObject({
    address: target,
    status: status.exactOptional(),
    verified: z.boolean().exactOptional(),
    name: name.exactOptional(),
  }),
  removeContact: z.strictObject({ address: target }),
  safetyNumber: z.strictObject({ address: target }),
  send: z.strictObject({
    id: messageId.exactOptional(),
    to: target,
    text,
    replyTo: messageId.exactOptional(),
    wait: z.enum(['sent', 'stored', 'delivered']).exactOptional(),
    timeoutMs: z.number().int().nonnegative().exactOptional(),
  }),
  resend: z.strictObject({ id: name, conversation: target.exactOptional() }),
  edit: z.strictObject({ ...messageName, text }),
  delete: z.strictObject({ ...messageName }),
  hide: z.strictObject({ ...messageName }),
  react: z.strictObject({ ...messageName, emoji: z.string().max(32) }),
  setTimer: z.strictObject({ conversation: target, seconds: z.number().int().min(0).max(31_536_000) }),
  history: z.strictObject({
    conversation: target.exactOptional(),
    before: position.exactOptional(),
    after: position.exactOptional(),
    limit: limit.exactOptional(),
  }),
  search: z.strictObject({ text: name, conversation: target.exactOptional(), limit: limit.exactOptional() }),
  markRead: z.strictObject({ conversation: target, upTo: position }),
  saveDraft: z.strictObject({ conversation: target, text, replyTo: messageId.exactOptional() }),
  drafts: nothing,
  typing: z.strictObject({ to: target, active: z.boolean() }),
  present: z.strictObject({ token: name.exactOptional() }),
  say: z.strictObject({ text }),
  devices: nothing,
  describeLink: z.strictObject({ code: target }),
  approveLink: z.strictObject({
    code: target,
    history: z.boolean().exactOptional(),
    name: name.exactOptional(),
    phrase: name.exactOptional(),
  }),
  renameDevice: z.strictObject({ device, name }),
  revokeDevice: z.strictObject({ device, phrase: name.exactOptional() }),
  cancelHistory: z.strictObject({ device }),
  repair: z.strictObject({ conversation: target.exactOptional() }),
  doctor: nothing,
};
