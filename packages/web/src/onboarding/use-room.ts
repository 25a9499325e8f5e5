import { useEffect, useState } from 'react';
import { isRoom } from './home-node.ts';

async function fetchJson(path: string): Promise<unknown> {
  const answer = await fetch(path, { cache: 'no-store' });
  return answer.json();
}

/** Whether this page's node is a private room. */
export function useRoom(): boolean {
  const [room, setRoom] = useState(false);
  useEffect(() => {
    let stopped = false;
    void isRoom(fetchJson).then((is) => {
      if (!stopped) setRoom(is);
    });
    return () => {
      stopped = true;
    };
  }, []);
  return room;
}
