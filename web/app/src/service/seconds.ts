/** A clock that counts whole seconds. */

import { useEffect, useState } from 'react';

/** Seconds since a time in milliseconds, or since the component appeared if there is none. */
export function useSeconds(since: number | null): number {
  const [start] = useState(() => since ?? Date.now());
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.floor((now - start) / 1000));
}
