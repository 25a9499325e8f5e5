import { connect, type Socket } from 'node:net';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import type { TestPerson } from '@sotto/node/testing';
import { LinkInitiator, type LinkChannel, subprotocolOf } from '@sotto/protocol/link';
import { encodeFrame, type FrameBody } from '@sotto/protocol/wire';
import type { ServerReady } from '../measure.ts';

const BINARY_OPCODE = 2;
const CLOSE_OPCODE = 8;
/** Lost without a close frame. */
const ABNORMAL = 1006;
const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

/** The request for a WebSocket, as bytes. */
export function upgradeRequest(subprotocol: string): string {
  const key = Buffer.from(systemRandom(16)).toString('base64');
  return (
    'GET / HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
    `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`
  );
}

/** A binary WebSocket message as a client sends it; the mask is zero. */
export function clientFrame(payload: Uint8Array): Buffer {
  const short = payload.length < 126;
  const header = Buffer.alloc(short ? 6 : 8);
  header[0] = 0x82;
  header[1] = 0x80 | (short ? payload.length : 126);
  if (!short) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

export function initiator(server: ServerReady, person: TestPerson | null): LinkInitiator {
  return new LinkInitiator({
    primitives: nodePrimitives,
    random: systemRandom,
    suite: { pattern: person === null ? 'NK' : 'XX', cipher: 'ChaChaPoly' },
    network: bytes(server.network),
    nodeId: person === null ? null : bytes(server.nodeId),
    nowMs: null,
    identity: person && { linkSecret: person.device.linkSecret, certificate: person.device.certificate },
    remoteLinkKey: person === null ? bytes(server.linkKey) : null,
  });
}

export const subprotocolFor = (person: TestPerson | null): string =>
  subprotocolOf({ pattern: person === null ? 'NK' : 'XX', cipher: 'ChaChaPoly' });

/** A link whose bytes are in the hands of whoever abuses it. */
export class RawLink {
  readonly socket: Socket;
  readonly channel: LinkChannel;

  private constructor(socket: Socket, channel: LinkChannel) {
    this.socket = socket;
    this.channel = channel;
  }

  /**
   * @param onClose the close code, or 1006; once, also when no link came about
   * @returns null when none came about
   */
  static open(
    server: ServerReady,
    person: TestPerson | null,
    localAddress: string,
    onClose: (code: number) => void,
  ): Promise<RawLink | null> {
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress });
    const handshake = initiator(server, person);
    let kept: Buffer = Buffer.alloc(0);
    let upgraded = false;
    let code = ABNORMAL;
    return new Promise((resolve) => {
      let opened = false;
      socket.on('error', () => {});
      socket.once('close', () => {
        onClose(code);
        resolve(null);
      });
      socket.once('connect', () => socket.write(upgradeRequest(subprotocolFor(person))));
      socket.on('data', (chunk: Buffer) => {
        kept = Buffer.concat([kept, chunk]);
        if (!upgraded) {
          const end = kept.indexOf('\r\n\r\n');
          if (end < 0) return;
          upgraded = true;
          kept = kept.subarray(end + 4);
          socket.write(clientFrame(handshake.start()));
        }
        for (let frame = nextFrame(kept); frame !== null; frame = nextFrame(kept)) {
          kept = kept.subarray(frame.length);
          if (frame.opcode === CLOSE_OPCODE) {
            code = frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : ABNORMAL;
            socket.destroy();
          } else if (!opened && frame.opcode === BINARY_OPCODE) {
            const { reply, done } = handshake.receive(frame.payload);
            if (reply !== null) socket.write(clientFrame(reply));
            if (!done) continue;
            opened = true;
            resolve(new RawLink(socket, handshake.channel));
          }
        }
      });
    });
  }

  /** @param bodies each a frame; together one packet */
  seal(bodies: readonly FrameBody[]): Uint8Array {
    return this.channel.seal(Buffer.concat(bodies.map((body, at) => encodeFrame({ request: at + 1, body }))));
  }

  /** @returns false: the network takes no more */
  send(message: Uint8Array): boolean {
    return this.socket.write(clientFrame(message));
  }
}

/** The next frame of a server, or null when it is not whole. */
function nextFrame(data: Buffer): { opcode: number; payload: Buffer; length: number } | null {
  if (data.length < 2) return null;
  const short = data[1]! < 126;
  const header = short ? 2 : 4;
  if (data.length < header) return null;
  const length = header + (short ? data[1]! : data.readUInt16BE(2));
  if (data.length < length) return null;
  return { opcode: data[0]! & 0x0f, payload: Buffer.from(data.subarray(header, length)), length };
}
