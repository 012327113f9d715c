/** A state as shape, colour and word together, so that none of them has to carry it alone. */

const LOOKS = {
  online: 'a filled dot',
  offline: 'an empty ring',
  unknown: 'a broken ring',
  failed: 'a cross',
  moving: 'a half-filled ring',
} as const;
export type StateLook = keyof typeof LOOKS;

export function State({ look, children }: { look: StateLook; children: string }) {
  return (
    <span className={`state state-${look}`} data-look={look}>
      <svg className="state-dot" viewBox="0 0 14 14" aria-hidden="true">
        {look === 'failed' ? (
          <path d="M3 3l8 8M11 3l-8 8" />
        ) : (
          <circle cx="7" cy="7" r="5" strokeDasharray={look === 'unknown' ? '2.6 2.6' : undefined} />
        )}
        {look === 'moving' && <path className="state-half" d="M7 4a3 3 0 0 1 0 6z" />}
      </svg>
      {children}
    </span>
  );
}
