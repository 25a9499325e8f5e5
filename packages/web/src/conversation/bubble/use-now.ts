import { useEffect, useState } from 'react';

/** The time, told again as often as it makes a difference for how long something still is; `until` null: never. */
export function useNow(until: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === null) return undefined;
    const left = until - now;
    const timer = setTimeout(() => setNow(Date.now()), left <= 95_000 ? 1000 : 30_000);
    return () => clearTimeout(timer);
  }, [until, now]);
  return now;
}
