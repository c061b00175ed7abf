import type { LabChannel } from '../../api/types.ts';
import type { Person } from '../sim.ts';
import { useWireEvents } from '../wire.ts';
import { Line } from './Line.tsx';
import { aboutWebhook, wireLine } from './lines.ts';
import { StepIcon } from './step_icons.tsx';
import css from './trace.module.css';

/** Every webhook a provider sent and every request it got about this person, newest first, as they were. */
export function Wire({ channels, person }: { channels: readonly LabChannel[]; person: Person }) {
  const accounts = new Set(channels.map((channel) => channel.account));
  const events = useWireEvents()
    .filter((event) => accounts.has(event.account) && (!event.person || event.person === person.id))
    .toReversed();
  if (events.length === 0) {
    return (
      <div className={css.body}>
        <div className={css.empty}>
          <p>Nothing has gone over the wire since this page was opened. Write something on a phone.</p>
        </div>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls must be reachable by the keyboard.
    <section className={css.body} tabIndex={0} aria-label="What went over the wire">
      <ol className={css.wire}>
        {events.map((event) => {
          const line = wireLine(event);
          return (
            <Line
              key={event.seq}
              icon={
                <span className={css.wireIcon} data-channel={event.provider}>
                  <StepIcon kind={event.type === 'webhook' ? 'webhook' : 'attempt'} />
                </span>
              }
              title={
                <>
                  {event.type === 'webhook' ? 'Webhook' : lastPart(line.path)}
                  {event.type === 'webhook' && <About body={event.body} />}
                  {event.type === 'webhook' && event.duplicate && <span className={css.tag}>twice</span>}
                </>
              }
              detail={<span className={css.path}>{line.path}</span>}
              tone={line.bad ? 'bad' : 'plain'}
              aside={
                <>
                  <span className={css.code}>{line.outcome}</span> {Math.max(1, Math.round(event.ms))} ms
                </>
              }
              evidence={
                event.type === 'webhook'
                  ? [{ label: 'Body', value: event.body }]
                  : [
                      { label: 'Request', value: event.request },
                      { label: 'Answer', value: event.answer },
                    ]
              }
            />
          );
        })}
      </ol>
    </section>
  );
}

function About({ body }: { body: unknown }) {
  const word = aboutWebhook(body);
  return word ? <span className={css.about}> {word}</span> : null;
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || path;
