import { useState } from 'react';
import { type Period, useStats } from './api.ts';
import css from './channels.module.css';
import { Panel } from './Panel.tsx';

const PERIODS: readonly { period: Period; says: string }[] = [
  { period: '24h', says: '24 hours' },
  { period: '7d', says: '7 days' },
  { period: '30d', says: '30 days' },
];
const whole = new Intl.NumberFormat('en');

/** How much went through, in three spans of time. */
export function Numbers({ id }: { id: string }) {
  const [period, setPeriod] = useState<Period>('24h');
  const { data } = useStats(id, period);
  const answered = data?.avgResponseTime;
  const rows: [string, string][] = [
    ['Messages in', data ? whole.format(data.messagesReceived) : '–'],
    ['Messages out', data ? whole.format(data.messagesSent) : '–'],
    ['New conversations', data ? whole.format(data.conversationsCreated) : '–'],
    ['Answered after', answered === null || answered === undefined ? '–' : inWords(answered)],
  ];
  return (
    <Panel
      title="What went through"
      aside={
        <fieldset className={css.periods} aria-label="Period">
          {PERIODS.map((one) => (
            <button
              key={one.period}
              type="button"
              className={css.period}
              aria-pressed={period === one.period}
              onClick={() => setPeriod(one.period)}
            >
              {one.says}
            </button>
          ))}
        </fieldset>
      }
    >
      <dl className={css.numbers}>
        {rows.map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

const inWords = (seconds: number): string =>
  seconds < 60
    ? `${Math.round(seconds)} s`
    : seconds < 3_600
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3_600).toFixed(1)} h`;
