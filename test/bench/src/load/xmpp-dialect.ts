import type { Dialect, DialectOptions, Recipient } from './dialect.ts';
import { Line } from './line.ts';
import { eachStanza } from './xmpp-stanza.ts';

const DOMAIN = 'localhost';
const TIME_DIGITS = 17;
const OPEN =
  `<?xml version='1.0'?><stream:stream to='${DOMAIN}' xmlns='jabber:client' ` +
  `xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;

/**
 * XMPP (RFC 6120, 6121): an account for everybody, made in the stream (XEP-0077). That the server took what a sender
 * sent in one turn is known by its answer to one ping after it (XEP-0199): messages themselves are not answered.
 */
export function xmppDialect(options: DialectOptions): Dialect<XmppRecipient> {
  const padding = 'x'.repeat(Math.max(0, options.bodyBytes - TIME_DIGITS));
  return {
    async register(index) {
      const name = `r${process.pid}-${index}`;
      const recipient = new XmppRecipient(name, options);
      await recipient.register();
      return recipient;
    },
    async sender(index, onAnswer) {
      const line = await open(`s${process.pid}-${index}`, true, options);
      let unasked = 0;
      const asked: number[] = [];
      line.read((bytes) => eachStanza(bytes, (name) => void (name === 'iq' && onAnswer(asked.shift() ?? 0, true))));
      const ask = (): void => {
        asked.push(unasked);
        unasked = 0;
        line.write(Buffer.from(`<iq type='get' to='${DOMAIN}' id='p'><ping xmlns='urn:xmpp:ping'/></iq>`));
      };
      return {
        send: ({ name }, sentAt) => {
          const body = String(sentAt).padStart(TIME_DIGITS, '0') + padding;
          line.write(
            Buffer.from(`<message to='${name}@${DOMAIN}' type='chat'><body>${body}</body></message>`, 'latin1'),
          );
          if (++unasked === 1 && !options.live) setImmediate(ask);
        },
      };
    },
  };
}

class XmppRecipient implements Recipient {
  readonly name: string;
  readonly #options: DialectOptions;
  #line: Line | null = null;

  constructor(name: string, options: DialectOptions) {
    this.name = name;
    this.#options = options;
  }

  async register(): Promise<void> {
    this.#line = await open(this.name, true, this.#options);
  }

  async attach(onMessage: (sentAt: number) => void): Promise<void> {
    const line = this.#line ?? (await open(this.name, false, this.#options));
    this.#line = line;
    line.write(Buffer.from('<presence/>'));
    await new Promise<void>((resolve) => {
      line.read((bytes) =>
        eachStanza(bytes, (name, stanza) => {
          // Its own presence comes back: it is there.
          if (name === 'presence') resolve();
          if (name !== 'message') return;
          const at = stanza.indexOf('<body>') + 6;
          onMessage(Number(stanza.slice(at, at + TIME_DIGITS)));
        }),
      );
    });
  }

  leave(): void {
    this.#line?.close();
    this.#line = null;
  }
}

async function open(name: string, isNew: boolean, { server, localAddress }: DialectOptions): Promise<Line> {
  const line = await Line.open(server.port, localAddress);
  const ask = async (text: string, answer: string): Promise<void> => {
    line.write(Buffer.from(text));
    await line.until((bytes) => (bytes.includes(answer) ? bytes.length : 0));
  };
  await ask(OPEN, '</stream:features>');
  if (isNew) {
    const account = `<username>${name}</username><password>pw</password>`;
    await ask(`<iq type='set' id='new'><query xmlns='jabber:iq:register'>${account}</query></iq>`, `type='result'`);
  }
  const plain = Buffer.from(`\0${name}\0pw`).toString('base64');
  await ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, '<success');
  await ask(OPEN, '</stream:features>');
  await ask(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`, '</iq>');
  return line;
}
