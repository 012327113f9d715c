/** The few line icons of the page, drawn for it. All are decoration: the words beside them say the same. */

const PATHS = {
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  plus: 'M12 5v14M5 12h14',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h10v10H9zM15 9V5H5v10h4',
  download: 'M12 4v11m0 0l-4.5-4.5M12 15l4.5-4.5M5 20h14',
  info: 'M12 11v6M12 7.5h.01M12 21a9 9 0 100-18 9 9 0 000 18z',
  caution:
    'M12 9v5M12 17h.01M10.7 4.2L2.9 17.8A1.5 1.5 0 004.2 20h15.6a1.5 1.5 0 001.3-2.2L13.3 4.2a1.5 1.5 0 00-2.6 0z',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className="icon" data-icon={name} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
