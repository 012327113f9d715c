/** Something that is on or off, with a sentence that says what it does. */

interface Props {
  label: string;
  detail: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, detail, checked, onChange }: Props) {
  return (
    <label className="switch">
      <span className="choice-text">
        <span className="choice-name">{label}</span>
        <span className="small soft">{detail}</span>
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}
