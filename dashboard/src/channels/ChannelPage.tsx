import { useDocumentTitle } from '@mantine/hooks';
import { ChevronLeftIcon, ExclamationTriangleIcon } from '@radix-ui/react-icons';
import { Link, useParams } from '@tanstack/react-router';
import { RequestFailed } from '../api/client.ts';
import { useMay } from '../session/me.ts';
import { Failure } from '../ui/Failure.tsx';
import { Skeleton } from '../ui/Skeleton.tsx';
import ui from '../ui/ui.module.css';
import { Answers } from './Answers.tsx';
import { type Channel, type TypeInfo, useChannel, useTypes } from './api.ts';
import { Credentials } from './Credentials.tsx';
import css from './channels.module.css';
import { Numbers } from './Numbers.tsx';
import { Power } from './Power.tsx';
import { TestPanel } from './TestPanel.tsx';
import { WebhookPanel } from './WebhookPanel.tsx';
import { toneOf } from './words.ts';

/** One connected account: what it needs from its provider, whether it works, who answers, how much goes through. */
export function ChannelPage() {
  const { id = '' } = useParams({ strict: false });
  const channel = useChannel(id);
  const types = useTypes();
  useDocumentTitle(`${channel.data?.name ?? 'Channel'} · Tributary`);
  if (channel.isError && !channel.data) {
    const gone = channel.error instanceof RequestFailed && channel.error.status === 404;
    return (
      <Failure
        page
        what={gone ? 'There is no such channel' : 'The channel could not be read'}
        error={gone ? new Error('It may have been deleted.') : channel.error}
        onRetry={() => void channel.refetch()}
      />
    );
  }
  const info = types.data?.find(({ type }) => type === channel.data?.type);
  if (!channel.data || !info)
    return (
      <div className={css.page} aria-busy="true">
        <Skeleton width={260} height={28} />
      </div>
    );
  return <Whole channel={channel.data} info={info} />;
}

function Whole({ channel, info }: { channel: Channel; info: TypeInfo }) {
  const may = useMay('channels:write');
  const { says, tone } = toneOf(channel);
  return (
    <div className={css.page} data-channel={channel.type}>
      <Link to="/channels" className={css.back}>
        <ChevronLeftIcon aria-hidden="true" />
        Channels
      </Link>
      <header className={css.head}>
        <div className={css.heading}>
          <h1 className={css.title}>
            <span className={css.dot} aria-hidden="true" />
            {channel.name}
          </h1>
          <p className={css.quiet}>{[info.title, channel.account].filter(Boolean).join(' · ')}</p>
        </div>
        <div className={css.state}>
          <span className={ui.chip} data-tone={tone} role="status">
            {says}
          </span>
          {may && <Power channel={channel} />}
        </div>
      </header>
      {channel.error && (
        <p className={css.warning} data-tone={tone}>
          <ExclamationTriangleIcon aria-hidden="true" />
          <span>{channel.error}</span>
        </p>
      )}
      <div className={css.columns}>
        <div className={css.column}>
          <WebhookPanel channel={channel} info={info} may={may} />
          {may && <TestPanel channel={channel} />}
          {may && <Credentials key={channel.id} channel={channel} info={info} />}
        </div>
        <div className={css.column}>
          <Answers channel={channel} may={may} />
          <Numbers id={channel.id} />
        </div>
      </div>
    </div>
  );
}
