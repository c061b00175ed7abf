import type { StepKind } from '../../api/types.ts';

const common = {
  width: 16,
  height: 16,
  viewBox: '0 0 16 16',
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 1.4,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;

const PATHS: Record<StepKind | 'in' | 'out', string> = {
  webhook: 'M8 2v8M4.5 6.8 8 10.3l3.5-3.5M3 13.5h10',
  identity: 'M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8zM2.8 13.6c.5-2.6 2.6-3.8 5.2-3.8s4.7 1.2 5.2 3.8',
  route: 'M3 3.2c4 0 2.6 4.8 6.4 4.8M3 12.8C7 12.8 5.6 8 9.4 8H13M10.8 5.6 13.2 8l-2.4 2.4',
  bot: 'M3.2 6h9.6v7H3.2zM8 6V3.4M6 9v.9M10 9v.9M1.4 8.6v2M14.6 8.6v2M8 3.4a.6.6 0 1 0 0-1.2.6.6 0 0 0 0 1.2z',
  accepted: 'M2.6 4.2h10.8M2.6 8h10.8M2.6 11.8h6.2',
  fit: 'M2.4 4.6h6.2M12 4.6h1.6M2.4 11.4H4M7.4 11.4h6.2M10.3 6.3a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM5.7 13.1a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z',
  wait: 'M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6zM8 4.9V8l2.1 1.3',
  attempt: 'M8 14V6M4.5 9.2 8 5.7l3.5 3.5M3 2.5h10',
  receipt: 'm1.4 8.4 3 3 5.4-6.6M8 10.9l.5.5 6-6.6',
  failed: 'M8 2.2 14.6 13.4H1.4zM8 6.4v3M8 11.4v.1',
  in: 'M8 2.5v10.6M3.8 9 8 13.2 12.2 9',
  out: 'M8 13.5V2.9M3.8 7 8 2.8 12.2 7',
};

/** The sign of a step: arrows for the road, figures for who, ticks for proof. */
export function StepIcon({ kind }: { kind: StepKind | 'in' | 'out' }) {
  return (
    <svg {...common} aria-hidden="true">
      <path d={PATHS[kind] ?? PATHS.accepted} />
    </svg>
  );
}
