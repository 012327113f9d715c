/** A QR code as one SVG path: dark on light in both colour schemes, with the quiet zone of four modules that ISO/IEC 18004 asks for. */

import { correction, generate } from 'lean-qr';
import { useMemo } from 'react';

const QUIET = 4;

function modules(text: string): { size: number; path: string } {
  const code = generate(text, { minCorrectionLevel: correction.L, maxCorrectionLevel: correction.Q });
  let path = '';
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (!code.get(x, y)) continue;
      let run = 1;
      while (code.get(x + run, y)) run += 1;
      path += `M${x + QUIET} ${y + QUIET}h${run}v1h-${run}z`;
      x += run;
    }
  }
  return { size: code.size + 2 * QUIET, path };
}

export function Qr({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => modules(text), [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" role="img" aria-label={label}>
      <rect className="qr-ground" width={size} height={size} />
      <path className="qr-modules" d={path} />
    </svg>
  );
}
