/** The mark: an L that flows into water, each wave fainter than the one before. */

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect className="mark-ground" width="32" height="32" rx="8" />
      <g className="mark-stream">
        <path d="M9 6v9.5c0 3.4 2.2 4 4 2.6s3.6-1.4 5.2 0 3.4 1.4 5.3-.2" />
        <path strokeOpacity=".5" d="M9.2 22.6c1.6 1.2 3 1.2 4.6 0s3-1.2 4.4 0 2.8 1.2 4.3.2" />
        <path strokeOpacity=".24" d="M12 26.8c1.3.9 2.5.9 3.7 0s2.2-.9 3.3 0" />
      </g>
    </svg>
  );
}
