import { createIdentity, openEngine, type Engine, type EngineEvent, type Message, type Platform } from '@sotto/engine';
import { openProfile, type Profile } from '@sotto/engine/platform/node/profile';
import type { Primitives } from '@sotto/protocol/crypto';
import { seedFromPhrase } from '@sotto/protocol/identity';
import { unpadContent } from '@sotto/protocol/mailbox';
import { decodeContent, type Content } from '@sotto/protocol/wire';

/** Shorter random values are nonces and ids: those may be seen. */
const SECRET_BYTES = 32;

/** A client in this process, on a real profile and real sockets, all of whose secrets are known to the test. */
export class WatchedPerson {
  readonly name: string;
  readonly directory: string;
  /** Everything that must never be seen outside: seeds, secret keys, shared secrets, derived keys. */
  readonly secrets: { readonly what: string; readonly bytes: Uint8Array }[] = [];
  /** What it decrypted of others. */
  readonly opened: Content[] = [];
  readonly events: EngineEvent[] = [];
  address = '';
  invite = '';
  token = '';
  phrase = '';
  #profile: Profile;
  #engine: Engine | null = null;

  private constructor(name: string, directory: string) {
    this.name = name;
    this.directory = directory;
    this.#profile = openProfile(directory);
  }

  static async create(
    name: string,
    directory: string,
    options: { node: string; psk?: Uint8Array; ephemeral?: boolean },
  ): Promise<WatchedPerson> {
    const person = new WatchedPerson(name, directory);
    const { phrase } = await createIdentity(person.#platform(), { name, ...options });
    person.phrase = phrase;
    person.#keep('account seed', seedFromPhrase(phrase));
    person.#keep('database key', person.#profile.platform.databaseKey);
    await person.open();
    return person;
  }

  get engine(): Engine {
    if (this.#engine === null) throw new Error(`${this.name} is not running`);
    return this.#engine;
  }

  /** Does not wait for the node. */
  async start(): Promise<void> {
    if (this.#engine !== null) return;
    this.#engine = await openEngine(this.#platform());
    this.#engine.on((event) => this.events.push(event));
  }

  /** Resolves when the node answered. */
  async open(): Promise<void> {
    await this.start();
    await this.until(async () => (await this.engine.connection({})).state === 'online');
    const { address, invite, token } = await this.engine.whoami({});
    Object.assign(this, { address, invite, token });
  }

  /** The profile stays open: files can be looked at. */
  async close(): Promise<void> {
    await this.#engine?.close();
    this.#engine = null;
  }

  async dispose(): Promise<void> {
    await this.close();
    this.#profile.close();
  }

  async messages(conversation: string): Promise<Message[]> {
    return (await this.engine.history({ conversation, limit: 1000 })).messages;
  }

  async texts(conversation: string): Promise<string[]> {
    return (await this.messages(conversation)).map(({ content }) => ('text' in content ? content.text : '?'));
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #keep(what: string, bytes: Uint8Array): void {
    if (bytes.length >= SECRET_BYTES) this.secrets.push({ what, bytes: Uint8Array.from(bytes) });
  }

  #platform(): Platform {
    const { platform } = this.#profile;
    const random = (length: number): Uint8Array => {
      const bytes = platform.random(length);
      this.#keep('random', bytes);
      return bytes;
    };
    return { ...platform, random, primitives: this.#tapped(platform.primitives) };
  }

  #tapped(primitives: Primitives): Primitives {
    const keep = (what: string, bytes: Uint8Array): Uint8Array => {
      this.#keep(what, bytes);
      return bytes;
    };
    const { x25519, aesCbc, mlKem768, mlKem1024 } = primitives;
    const kem = (name: string, inner: typeof mlKem768): typeof mlKem768 => ({
      ...inner,
      encapsulate: (publicKey, random) => {
        const made = inner.encapsulate(publicKey, random);
        keep(name, made.sharedSecret);
        return made;
      },
      decapsulate: (seed, ciphertext) => keep(name, inner.decapsulate(seed, ciphertext)),
    });
    return {
      ...primitives,
      x25519: { ...x25519, sharedSecret: (secret, key) => keep('shared secret', x25519.sharedSecret(secret, key)) },
      hkdf: (salt, secret, info, length) => keep('derived key', primitives.hkdf(salt, secret, info, length)),
      mlKem768: kem('ML-KEM-768', mlKem768),
      mlKem1024: kem('ML-KEM-1024', mlKem1024),
      aesCbc: {
        ...aesCbc,
        decrypt: (key, iv, ciphertext) => {
          const plaintext = aesCbc.decrypt(key, iv, ciphertext);
          if (plaintext !== null) this.opened.push(decodeContent(unpadContent(plaintext)));
          return plaintext;
        },
      },
    };
  }
}
