/** Control packets of MQTT 3.1.1 (OASIS, 2014, section 2), as many as a load needs. */
const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
const SUBSCRIBE = 8;
export const SUBACK = 9;

export function packetOf(type: number, flags: number, body: Buffer): Buffer {
  const head = [(type << 4) | flags];
  let left = body.length;
  do {
    head.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from(head), body]);
}

/** @param keeps the session outlives the connection */
export function connectPacket(name: string, keeps: boolean): Buffer {
  const protocol = [0, 4, ...Buffer.from('MQTT'), 4];
  const keepAliveSeconds = [0, 0];
  const body = [...protocol, keeps ? 0 : 2, ...keepAliveSeconds, 0, name.length, ...Buffer.from(name)];
  return packetOf(CONNECT, 0, Buffer.from(body));
}

export function subscribePacket(topic: Buffer, quality: 0 | 1): Buffer {
  return packetOf(SUBSCRIBE, 2, Buffer.from([0, 1, 0, topic.length, ...topic, quality]));
}

/** @returns how many bytes whole packets took */
export function eachPacket(bytes: Buffer, take: (type: number, flags: number, body: Buffer) => void): number {
  for (let at = 0; ;) {
    let [length, shift, next] = [0, 0, at + 1];
    for (;;) {
      const byte = bytes[next++];
      if (byte === undefined) return at;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
      shift += 7;
    }
    if (next + length > bytes.length) return at;
    const first = bytes[at]!;
    take(first >> 4, first & 15, bytes.subarray(next, next + length));
    at = next + length;
  }
}
