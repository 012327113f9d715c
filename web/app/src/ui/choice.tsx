/** One of several options, as a large radio button with an explanation. */

interface Props {
  name: string;
  value: string;
  checked: boolean;
  disabled?: boolean;
  onChoose: (value: string) => void;
  label: string;
  detail?: string | undefined;
}

export function Choice({ name, value, checked, disabled = false, onChoose, label, detail }: Props) {
  return (
    <label className="choice">
      <input
        type="radio"
        name={name}
        value={value}
        checked={checked}
        disabled={disabled}
        onChange={() => onChoose(value)}
      />
      <span className="choice-text">
        <span className="choice-name">{label}</span>
        {detail && <span className="small soft">{detail}</span>}
      </span>
    </label>
  );
}
