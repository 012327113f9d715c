/** The water at the foot of the river panel: lines that fade away. Decoration only. */

const crest = (y: number, amplitude: number, shift: number): string => {
  const step = 120;
  let path = `M${-step + shift} ${y}`;
  for (let x = -step + shift; x < 960; x += step * 2) path += `q${step / 2} ${-amplitude} ${step} 0t${step} 0`;
  return path;
};

const LINES = [
  { d: crest(30, 22, 0), strokeOpacity: 0.7 },
  { d: crest(56, 19, 42), strokeOpacity: 0.45 },
  { d: crest(80, 16, 90), strokeOpacity: 0.28 },
  { d: crest(101, 13, 20), strokeOpacity: 0.16 },
  { d: crest(119, 10, 66), strokeOpacity: 0.08 },
];

export function RiverWater() {
  return (
    <svg className="river-water" viewBox="0 0 840 130" preserveAspectRatio="none" aria-hidden="true">
      {LINES.map((line) => (
        <path key={line.d} {...line} />
      ))}
    </svg>
  );
}
