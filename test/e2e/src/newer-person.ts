import { createIdentity, openEngine, type Engine } from '@sotto/engine';
import { openProfile } from '@sotto/engine/platform/node/profile';
import { padContent, unpadContent } from '@sotto/protocol/mailbox';
import { ContentSchema, decodeContent, encode } from '@sotto/protocol/wire';

/** Of the body of a content; no version of Sotto has one of this number. */
const UNKNOWN_FIELD = 999;
const LENGTH_DELIMITED = 2;

export interface NewerPerson {
  readonly engine: Engine;
  /** What is written from now on is of a kind that nobody else knows. */
  speakAhead(): void;
  close(): Promise<void>;
}

/** A client of a version that is not there yet: after the padding is taken off, its texts are something else. */
export async function newerPerson(name: string, directory: string, node: string): Promise<NewerPerson> {
  const profile = openProfile(directory);
  let ahead = false;
  const { primitives } = profile.platform;
  const { aesCbc } = primitives;
  const encrypt: typeof aesCbc.encrypt = (key, iv, plaintext) =>
    aesCbc.encrypt(key, iv, ahead ? ofUnknownKind(plaintext) : plaintext);
  const platform = { ...profile.platform, primitives: { ...primitives, aesCbc: { ...aesCbc, encrypt } } };
  await createIdentity(platform, { name, node });
  const engine = await openEngine(platform);
  return {
    engine,
    speakAhead: () => void (ahead = true),
    close: async () => {
      await engine.close();
      profile.close();
    },
  };
}

function ofUnknownKind(padded: Uint8Array): Uint8Array {
  const content = decodeContent(unpadContent(padded));
  if (content.body.case !== 'text') return padded;
  content.body = { case: undefined };
  content.$unknown = [{ no: UNKNOWN_FIELD, wireType: LENGTH_DELIMITED, data: new Uint8Array([3, 1, 2, 3]) }];
  return padContent(encode(ContentSchema, content));
}
