/** The small signs of chat apps that no icon set draws the same. All follow the colour of the words around them. */
const common = { fill: 'none', stroke: 'currentColor', strokeLinecap: 'round', strokeLinejoin: 'round' } as const;

export function Tick() {
  return (
    <svg width="12" height="11" viewBox="0 0 12 11" {...common} strokeWidth="1.5" aria-hidden="true">
      <path d="m1 6 3 3 6-7" />
    </svg>
  );
}
export function Ticks() {
  return (
    <svg width="17" height="11" viewBox="0 0 17 11" {...common} strokeWidth="1.5" aria-hidden="true">
      <path d="m1 6 3 3 6-7M7.6 8.3l.7.7 6-7" />
    </svg>
  );
}
export function Clock() {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" {...common} strokeWidth="1.2" aria-hidden="true">
      <circle cx="6" cy="6" r="4.8" />
      <path d="M6 3.4V6l1.7 1.2" />
    </svg>
  );
}
export function Refused() {
  return (
    <svg width="13" height="13" viewBox="0 0 13 13" aria-hidden="true">
      <circle cx="6.5" cy="6.5" r="6.5" fill="var(--tb-red)" />
      <path d="M6.5 3.2v4" stroke="#fff" strokeWidth="1.5" strokeLinecap="round" />
      <circle cx="6.5" cy="9.5" r=".95" fill="#fff" />
    </svg>
  );
}
export function Clip() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" {...common} strokeWidth="1.6" aria-hidden="true">
      <path d="m18.5 10.4-7.6 7.6a5 5 0 0 1-7-7l8-8.1a3.3 3.3 0 0 1 4.7 4.7l-8 8a1.7 1.7 0 0 1-2.4-2.3l7-7" />
    </svg>
  );
}
export function Smile() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" {...common} strokeWidth="1.6" aria-hidden="true">
      <circle cx="11" cy="11" r="8.4" />
      <path d="M7.6 13.2c1.7 2.4 5.1 2.4 6.8 0M8.2 8.8v.4M13.8 8.8v.4" />
    </svg>
  );
}
export function Keys() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" {...common} strokeWidth="1.6" aria-hidden="true">
      <rect x="3" y="3" width="6.4" height="6.4" rx="1.6" />
      <rect x="12.6" y="3" width="6.4" height="6.4" rx="1.6" />
      <rect x="3" y="12.6" width="6.4" height="6.4" rx="1.6" />
      <rect x="12.6" y="12.6" width="6.4" height="6.4" rx="1.6" />
    </svg>
  );
}
export function SendUp() {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" {...common} strokeWidth="2.1" aria-hidden="true">
      <path d="M9 15V3.6M3.8 8.6 9 3.4l5.2 5.2" />
    </svg>
  );
}
export function SendPlane() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M3 3.2 18 10 3 16.8l1.6-5.4L11 10 4.6 8.6z" fill="currentColor" />
    </svg>
  );
}
export function Back() {
  return (
    <svg width="12" height="20" viewBox="0 0 12 20" {...common} strokeWidth="2.2" aria-hidden="true">
      <path d="m10 2-8 8 8 8" />
    </svg>
  );
}
export function BackArrow() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" {...common} strokeWidth="1.9" aria-hidden="true">
      <path d="M17 10H3.5M9.5 4l-6 6 6 6" />
    </svg>
  );
}
export function ReplyArrow() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" {...common} strokeWidth="1.6" aria-hidden="true">
      <path d="M6.5 3 2 7.4l4.5 4.4M2.4 7.4h6.1c3 0 5.5 1.9 5.5 5.2" />
    </svg>
  );
}
export function ListLines() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" {...common} strokeWidth="1.7" aria-hidden="true">
      <path d="M2 4h.1M2 8h.1M2 12h.1M5.5 4H14M5.5 8H14M5.5 12H14" />
    </svg>
  );
}
export function OutLink() {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" {...common} strokeWidth="1.5" aria-hidden="true">
      <path d="M4 10 10.5 3.5M5.5 3.5h5v5" />
    </svg>
  );
}
export function Pin() {
  return (
    <svg width="30" height="38" viewBox="0 0 30 38" aria-hidden="true">
      <path
        d="M15 37C11 29 2 23 2 14a13 13 0 0 1 26 0c0 9-9 15-13 23z"
        fill="#d9453b"
        stroke="#fff"
        strokeWidth="1.5"
      />
      <circle cx="15" cy="14" r="4.6" fill="#fff" />
    </svg>
  );
}
/** The signs at a phone's top edge: reception and battery. */
export function StatusSigns() {
  return (
    <svg width="44" height="12" viewBox="0 0 44 12" fill="currentColor" aria-hidden="true">
      <rect x="0" y="8" width="3" height="4" rx="1" />
      <rect x="4.6" y="5.6" width="3" height="6.4" rx="1" />
      <rect x="9.2" y="3" width="3" height="9" rx="1" />
      <rect x="13.8" y="0" width="3" height="12" rx="1" />
      <rect
        x="22.5"
        y=".6"
        width="18"
        height="10.8"
        rx="3.2"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.1"
        opacity=".55"
      />
      <rect x="24.3" y="2.4" width="12.6" height="7.2" rx="1.7" />
      <rect x="41.6" y="4" width="1.6" height="4" rx=".8" opacity=".55" />
    </svg>
  );
}
/** The tail of a bubble: below for Telegram, above for WhatsApp. */
export function Tail({ className }: { className?: string }) {
  return (
    <svg className={className} width="10" height="16" viewBox="0 0 10 16" fill="currentColor" aria-hidden="true">
      <path d="M0 0c.3 6.2 2.6 11.2 9.4 14.7.6.3.4 1.1-.3 1.2-3.2.3-6.3.1-9.1.1z" />
    </svg>
  );
}
export function TailAbove({ className }: { className?: string }) {
  return (
    <svg className={className} width="9" height="13" viewBox="0 0 9 13" fill="currentColor" aria-hidden="true">
      <path d="M0 0h7.4c1.4 0 2 1.6 1 2.7L0 12.4z" />
    </svg>
  );
}
/** A telephone receiver; turned over it hangs up. */
export function Handset({ size = 20, down = false }: { size?: number; down?: boolean }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
      style={down ? { rotate: '135deg' } : undefined}
    >
      <path
        d="M4.2 2.2 6.5 2c.5 0 .9.3 1 .8l.8 2.9c.1.4 0 .8-.3 1.1L6.5 8.2c1.1 2.3 3 4.2 5.3 5.3l1.4-1.5c.3-.3.7-.4 1.1-.3l2.9.8c.5.1.8.5.8 1l-.2 2.3c-.1 1-.9 1.8-1.9 1.8C8.9 17.6 2.4 11.1 2.4 4.1c0-1 .8-1.8 1.8-1.9z"
        fill="currentColor"
      />
    </svg>
  );
}
