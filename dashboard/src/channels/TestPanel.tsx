import { Textarea, TextInput } from '@mantine/core';
import { CheckIcon, Cross2Icon } from '@radix-ui/react-icons';
import { useState } from 'react';
import { faultsOf } from '../api/client.ts';
import { Complaint } from '../ui/Complaint.tsx';
import ui from '../ui/ui.module.css';
import { type Channel, type Test, useWrite } from './api.ts';
import css from './channels.module.css';
import { Panel } from './Panel.tsx';

/** Asks the provider whether everything is in order, and says something to somebody. */
export function TestPanel({ channel }: { channel: Channel }) {
  const test = useWrite<void, Test>(() => ({ method: 'POST', path: `/channels/${channel.id}/test` }));
  return (
    <Panel
      title="Does it work?"
      aside={
        <button type="button" className={ui.button} onClick={() => test.mutate()} disabled={test.isPending}>
          {test.isPending ? 'Asking…' : 'Test the connection'}
        </button>
      }
    >
      {test.isError && <Complaint error={test.error} />}
      {test.data && (
        <ul className={css.findings} aria-live="polite">
          {test.data.tests.length === 0 && <li>{test.data.message}</li>}
          {test.data.tests.map(({ name, status, message, details }) => (
            <li key={name + message} data-status={status}>
              {status === 'passed' ? <CheckIcon aria-label="In order" /> : <Cross2Icon aria-label="Not in order" />}
              <span>
                {message}
                {details && <span className={css.remedy}>{details.remedy}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      <SendTest channel={channel} />
    </Panel>
  );
}

function SendTest({ channel }: { channel: Channel }) {
  const [to, setTo] = useState('');
  const [text, setText] = useState('Hello from Tributary.');
  const send = useWrite<void, { id: string; status: string }>(() => ({
    method: 'POST',
    path: '/messages',
    body: { channelId: channel.id, to, content: { type: 'text', text } },
  }));
  const faults = faultsOf(send.error);
  return (
    <form
      className={css.sendTest}
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <TextInput
        label="Send a test to"
        description="A number, an id, an address: as this channel knows people."
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        error={faults.to}
        required
      />
      <Textarea label="Words" rows={2} value={text} onChange={(event) => setText(event.currentTarget.value)} required />
      {send.isError && !faults.to && <Complaint error={send.error} />}
      <div className={css.actions}>
        <button type="submit" className={ui.button} disabled={send.isPending}>
          {send.isPending ? 'Sending…' : 'Send'}
        </button>
        {send.data && (
          <span className={css.quiet} role="status">
            Queued as {send.data.id}.
          </span>
        )}
      </div>
    </form>
  );
}
