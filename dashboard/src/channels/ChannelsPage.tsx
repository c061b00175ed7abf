import { useDocumentTitle } from '@mantine/hooks';
import { PlusIcon } from '@radix-ui/react-icons';
import { Link } from '@tanstack/react-router';
import { useMay } from '../session/me.ts';
import { Mark } from '../shell/Mark.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Skeleton } from '../ui/Skeleton.tsx';
import ui from '../ui/ui.module.css';
import { type Channel, useAnswerers, useChannels, useTypes } from './api.ts';
import css from './channels.module.css';
import { ago, toneOf } from './words.ts';

/** Every connected account: is it up, when did it last speak, who answers. */
export function ChannelsPage() {
  useDocumentTitle('Channels · Tributary');
  const channels = useChannels();
  const types = useTypes();
  const may = useMay('channels:write');
  const titles = new Map(types.data?.map(({ type, title }) => [type, title]));
  const add = may && (
    <Link to="/channels/new" className={ui.primary}>
      <PlusIcon aria-hidden="true" />
      Add channel
    </Link>
  );

  if (channels.isError && !channels.data)
    return (
      <Failure
        page
        what="The channels could not be read"
        error={channels.error}
        onRetry={() => void channels.refetch()}
      />
    );
  if (channels.data?.length === 0)
    return (
      <Notice icon={<Mark size={36} coloured />} title="No channel is connected yet" action={add || undefined}>
        Connect WhatsApp, Telegram, SMS, e-mail or any other, and what people write there arrives here.
      </Notice>
    );
  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1 className={css.title}>Channels</h1>
        {add}
      </header>
      <ul className={css.list} aria-label="Channels" aria-busy={channels.isPending}>
        {channels.data?.map((channel) => (
          <Row key={channel.id} channel={channel} title={titles.get(channel.type) ?? channel.type} />
        )) ??
          [0, 1, 2].map((row) => (
            <li key={row} className={css.row}>
              <Skeleton width={220} height={16} />
            </li>
          ))}
      </ul>
    </div>
  );
}

function Row({ channel, title }: { channel: Channel; title: string }) {
  const { says, tone } = toneOf(channel);
  const { lastMessageReceived: heard, lastMessageSent: spoke } = channel.health;
  const answerer = useAnswererOf(channel);
  return (
    <li className={css.row} data-channel={channel.type}>
      <Link to="/channels/$id" params={{ id: channel.id }} className={css.rowLink}>
        <span className={css.line} aria-hidden="true" />
        <span className={css.names}>
          <span className={css.name}>{channel.name}</span>
          <span className={css.quiet}>{[title, channel.account].filter(Boolean).join(' · ')}</span>
        </span>
        <span className={css.answerer}>{answerer ?? <span className={css.quiet}>Nobody answers</span>}</span>
        <span className={css.pulse}>
          {heard || spoke ? (
            <>
              {heard && <span>in {ago(heard)}</span>}
              {spoke && <span>out {ago(spoke)}</span>}
            </>
          ) : (
            <span>Nothing said yet</span>
          )}
        </span>
        <span className={ui.chip} data-tone={tone}>
          {says}
        </span>
      </Link>
    </li>
  );
}

/** Who answers on a channel unless a rule says otherwise. */
function useAnswererOf(channel: Channel): string | undefined {
  const { data } = useAnswerers();
  const bot = data?.bots.find(({ id }) => id === channel.defaultBotId);
  const inbox = data?.inboxes.find(({ id }) => id === channel.defaultInboxId);
  return bot ? `Bot “${bot.name}”` : inbox ? `Inbox “${inbox.name}”` : undefined;
}
