/** The heading of a page: names the tab and takes the focus after a navigation, so that screen readers say where one is. */

import { useEffect, useRef } from 'react';

let firstPage = true;

export function PageTitle({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Lethe`;
  }, [children]);
  useEffect(() => {
    if (!firstPage && !heading.current?.parentElement?.contains(document.activeElement)) heading.current?.focus();
    firstPage = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
