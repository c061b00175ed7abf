import { CheckCircledIcon } from '@radix-ui/react-icons';
import { type Channel, type TypeInfo, useArrivals, useWebhook } from './api.ts';
import { Copy } from './Copy.tsx';
import css from './channels.module.css';
import { Panel } from './Panel.tsx';
import { ago } from './words.ts';

/** Where the provider has to call us, and whether it has: it turns green by itself when the first request arrives. */
export function WebhookPanel({ channel, info, may }: { channel: Channel; info: TypeInfo; may: boolean }) {
  const webhook = useWebhook(channel.id, may);
  const arrivals = useArrivals(channel.id);
  // A page of the journal that holds requests of several channels names none of them: what was said tells of those.
  const heard = [arrivals.data?.[0]?.receivedAt, channel.health.lastMessageReceived]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  const faults = arrivals.data?.filter(({ verdict }) => verdict !== 'accepted') ?? [];
  return (
    <Panel title="What comes in">
      <Copy label="Webhook URL" value={webhook.data?.url ?? channel.webhookUrl} />
      {webhook.data?.verifyToken && <Copy label="Verify token" value={webhook.data.verifyToken} />}
      {heard ? (
        <p className={css.arrived}>
          <CheckCircledIcon aria-hidden="true" />
          {info.title} calls. The last time was {ago(heard)}.
        </p>
      ) : (
        <p className={css.waiting} role="status">
          <span className={css.beat} aria-hidden="true" />
          Waiting for the first request. Write to {channel.account || 'the account'} from a phone, and this turns green.
        </p>
      )}
      {faults.length > 0 && (
        <ul className={css.faults} aria-label="Requests that could not be read">
          {faults.map((fault) => (
            <li key={fault.id}>
              {ago(fault.receivedAt)}: {fault.error ?? fault.verdict}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
