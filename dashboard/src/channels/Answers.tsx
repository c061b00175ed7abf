import { NativeSelect } from '@mantine/core';
import { Complaint } from '../ui/Complaint.tsx';
import { type Channel, useAnswerers, useWrite } from './api.ts';
import css from './channels.module.css';
import { Panel } from './Panel.tsx';

/** Who answers what is written here, unless a routing rule says otherwise: a bot, an inbox, nobody yet. */
export function Answers({ channel, may }: { channel: Channel; may: boolean }) {
  const answerers = useAnswerers();
  const assign = useWrite<string>((value) => ({
    method: 'PATCH',
    path: `/channels/${channel.id}`,
    body: {
      defaultBotId: value.startsWith('bot_') ? value : null,
      defaultInboxId: value.startsWith('inbox_') ? value : null,
    },
  }));
  const { bots = [], inboxes = [] } = answerers.data ?? {};
  const chosen = assign.isPending ? assign.variables : (channel.defaultBotId ?? channel.defaultInboxId ?? '');
  return (
    <Panel title="Who answers">
      <NativeSelect
        aria-label="Who answers"
        description="A routing rule may say otherwise for some messages."
        disabled={!may || answerers.isPending}
        value={chosen}
        onChange={(event) => assign.mutate(event.currentTarget.value)}
      >
        <option value="">Nobody yet</option>
        {bots.length > 0 && (
          <optgroup label="Bots">
            {bots.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </optgroup>
        )}
        {inboxes.length > 0 && (
          <optgroup label="Inboxes">
            {inboxes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </optgroup>
        )}
      </NativeSelect>
      {answerers.data && bots.length === 0 && inboxes.length === 0 && <NewInbox onMade={(id) => assign.mutate(id)} />}
      {assign.isError && <Complaint error={assign.error} />}
    </Panel>
  );
}

/** Where there is nobody to choose, the first inbox is one press away. */
function NewInbox({ onMade }: { onMade: (id: string) => void }) {
  const make = useWrite<void, { id: string }>(() => ({ method: 'POST', path: '/inboxes', body: { name: 'Support' } }));
  return (
    <p className={css.quiet}>
      There is no bot and no inbox yet.{' '}
      <button
        type="button"
        className={css.link}
        onClick={() => make.mutate(undefined, { onSuccess: ({ id }) => onMade(id) })}
        disabled={make.isPending}
      >
        Make an inbox called “Support”
      </button>
    </p>
  );
}
