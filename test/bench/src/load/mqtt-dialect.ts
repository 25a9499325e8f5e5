import type { Dialect, DialectOptions, Recipient } from './dialect.ts';
import { Line } from './line.ts';
import {
  CONNACK,
  connectPacket,
  eachPacket,
  PUBACK,
  PUBLISH,
  packetOf,
  SUBACK,
  subscribePacket,
} from './mqtt-packet.ts';

/** MQTT 3.1.1: a topic for each recipient, and sessions of recipients that outlive their connections. */
export function mqttDialect(options: DialectOptions): Dialect<MqttRecipient> {
  const { bodyBytes, live } = options;
  const idBytes = live ? 0 : 2;
  return {
    async register(index) {
      const recipient = new MqttRecipient(index, options);
      await recipient.register();
      return recipient;
    },
    async sender(index, onAnswer) {
      const line = await open(`s${process.pid}-${index}`, false, options);
      let packet = 0;
      line.read((bytes) => eachPacket(bytes, (type) => void (type === PUBACK && onAnswer(1, true))));
      return {
        send: ({ topic }, sentAt) => {
          const start = 2 + topic.length + idBytes;
          const body = Buffer.alloc(start + bodyBytes);
          body.writeUInt16BE(topic.length, 0);
          topic.copy(body, 2);
          if (!live) body.writeUInt16BE((packet = (packet % 65_535) + 1), start - 2);
          body.writeDoubleLE(sentAt, start);
          line.write(packetOf(PUBLISH, live ? 0 : 2, body));
        },
      };
    },
  };
}

class MqttRecipient implements Recipient {
  readonly topic: Buffer;
  readonly #name: string;
  readonly #options: DialectOptions;
  #line: Line | null = null;

  constructor(index: number, options: DialectOptions) {
    this.#name = `r${process.pid}-${index}`;
    this.topic = Buffer.from(`u/${this.#name}`);
    this.#options = options;
  }

  async register(): Promise<void> {
    this.#line = await open(this.#name, true, this.#options);
    this.#line.write(subscribePacket(this.topic, this.#options.live ? 0 : 1));
    await this.#line.until((bytes) => (bytes.length >= 5 && bytes[0] === SUBACK << 4 ? 5 : 0));
  }

  async attach(onMessage: (sentAt: number) => void): Promise<void> {
    const line = this.#line ?? (await open(this.#name, true, this.#options));
    this.#line = line;
    line.read((bytes) =>
      eachPacket(bytes, (type, flags, body) => {
        if (type !== PUBLISH) return;
        const at = 2 + body.readUInt16BE(0);
        const isKept = (flags & 6) !== 0;
        onMessage(body.readDoubleLE(at + (isKept ? 2 : 0)));
        if (isKept) line.write(Buffer.of(PUBACK << 4, 2, body[at]!, body[at + 1]!));
      }),
    );
  }

  leave(): void {
    this.#line?.close();
    this.#line = null;
  }
}

async function open(name: string, keeps: boolean, { server, localAddress }: DialectOptions): Promise<Line> {
  const line = await Line.open(server.port, localAddress);
  line.write(connectPacket(name, keeps));
  await line.until((bytes) => {
    if (bytes.length < 4) return 0;
    if (bytes[0] !== CONNACK << 4 || bytes[3] !== 0) throw new Error('the MQTT server refuses a connection');
    return 4;
  });
  return line;
}
