/** The node whose page this is. */
export function homeNode({ protocol, host }: { readonly protocol: string; readonly host: string }): string {
  return `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}`;
}

/** Whether the node is a private room, whose key has to be asked for; false when nothing says so. */
export async function isRoom(fetchJson: (path: string) => Promise<unknown>): Promise<boolean> {
  try {
    const told = await fetchJson('node.json');
    return typeof told === 'object' && told !== null && 'room' in told && told.room === true;
  } catch {
    return false;
  }
}

/** 64 hexadecimal digits, as `openssl rand -hex 32` writes them; null: it is not a key. */
export function readRoomKey(text: string): Uint8Array | null {
  const digits = text.replaceAll(/\s+/gu, '');
  if (!/^[0-9a-f]{64}$/iu.test(digits)) return null;
  return Uint8Array.from({ length: 32 }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}
