import { Popover, Slider, Switch } from '@mantine/core';
import { ChevronDownIcon } from '@radix-ui/react-icons';
import { useState } from 'react';
import { Failure } from '../ui/Failure.tsx';
import { Skeleton } from '../ui/Skeleton.tsx';
import ui from '../ui/ui.module.css';
import css from './misbehave.module.css';
import { amount, BEHAVED, KNOBS, type Knob, troubles } from './misbehaviour.ts';
import { skinOf } from './phone/skins.ts';
import { type Misbehaviour, type Provider, useMisbehaviour } from './sim.ts';

/** Makes a provider behave as badly as real ones sometimes do, to see that nothing is lost. */
export function Misbehave() {
  const { query, change } = useMisbehaviour();
  const [chosen, setChosen] = useState<Provider>();
  const all = Object.entries(query.data ?? {}) as [Provider, Misbehaviour][];
  const [provider, settings] = all.find(([id]) => id === chosen) ?? all[0] ?? [];
  const count = all.reduce((sum, [, each]) => sum + troubles(each), 0);
  const set = (part: Partial<Misbehaviour>) => provider && change.mutate({ [provider]: part });

  return (
    <Popover position="bottom-end" width={360} trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className={css.target} data-on={count > 0 || undefined}>
          {count > 0 ? 'Misbehaving' : 'Misbehave'}
          {count > 0 && <span className={css.count}>{count}</span>}
          <ChevronDownIcon aria-hidden="true" />
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="How the providers misbehave">
        <div className={css.head}>
          <p className={css.why}>Make a provider fail as real ones do, and watch that nothing is lost.</p>
          <fieldset className={css.providers} aria-label="Provider">
            {all.map(([id, each]) => (
              <button key={id} type="button" aria-pressed={provider === id} onClick={() => setChosen(id)}>
                <i data-channel={id} />
                {skinOf(id)?.name ?? id}
                {troubles(each) > 0 && <span className={css.some} role="img" aria-label="misbehaving" />}
              </button>
            ))}
          </fieldset>
        </div>
        {query.isError && !settings && (
          <Failure what="The simulator could not be asked" error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && (
          <div className={css.knobs}>
            {KNOBS.map((knob) => (
              <div key={knob.name} className={css.knob}>
                <Skeleton width="60%" height={14} />
                <Skeleton height={14} />
              </div>
            ))}
          </div>
        )}
        {settings && (
          <>
            <div className={css.knobs} key={provider}>
              {KNOBS.filter((knob) => knob.name in settings).map((knob) => (
                <KnobRow key={knob.name} knob={knob} settings={settings} onSet={set} />
              ))}
            </div>
            <div className={css.foot}>
              <p>{change.isError ? change.error.message : 'It happens by chance, at the rate you set.'}</p>
              <button
                type="button"
                className={ui.button}
                disabled={count === 0}
                onClick={() => change.mutate(Object.fromEntries(all.map(([id]) => [id, BEHAVED])))}
              >
                All behave again
              </button>
            </div>
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function KnobRow({
  knob,
  settings,
  onSet,
}: {
  knob: Knob;
  settings: Misbehaviour;
  onSet: (part: Partial<Misbehaviour>) => void;
}) {
  const value = settings[knob.name];
  const [moving, setMoving] = useState<number>();
  if (typeof value === 'boolean') {
    return (
      <div className={css.knob}>
        <Switch
          label={knob.title}
          labelPosition="left"
          withThumbIndicator={false}
          checked={value}
          onChange={(event) => onSet({ [knob.name]: event.currentTarget.checked })}
          classNames={{ body: css.switchBody, label: css.knobTitle, track: css.track }}
        />
      </div>
    );
  }
  const now = moving ?? value;
  return (
    <div className={css.knob}>
      <div className={css.knobWords}>
        <span className={css.knobTitle}>{knob.title}</span>
        <output className={css.amount} data-on={now > 0 || undefined}>
          {amount(knob, now, settings)}
        </output>
      </div>
      <Slider
        size={4}
        min={0}
        max={knob.max}
        step={knob.step}
        value={now}
        label={null}
        onChange={setMoving}
        onChangeEnd={(next) => {
          setMoving(undefined);
          onSet({ [knob.name]: next });
        }}
        thumbLabel={knob.title}
        classNames={{ track: css.sliderTrack, bar: css.sliderBar, thumb: css.sliderThumb }}
      />
    </div>
  );
}
