/** The mark: three short strokes that join into one. `coloured` lets each stroke carry a channel's hue. */
export function Mark({ size = 18, coloured = false }: { size?: number; coloured?: boolean }) {
  const hue = (name: string) => (coloured ? `var(--tb-channel-${name})` : 'currentColor');
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M2 3c4.4 0 3.6 5 8 5" stroke={hue('telegram')} />
      <path d="M2 13c4.4 0 3.6-5 8-5" stroke={hue('webchat')} />
      <path d="M2 8h8" stroke={hue('whatsapp')} />
      <path d="M10 8h4" stroke={coloured ? 'var(--tb-accent)' : 'currentColor'} />
    </svg>
  );
}
