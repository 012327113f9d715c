/** A wait of unknown length. It appears at once but is announced politely, so that a fast answer is not talked over. */

export function Loading({ children = 'Loading…' }: { children?: string }) {
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {children}
    </p>
  );
}
