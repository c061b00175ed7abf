import { Menu } from '@mantine/core';
import { DotsHorizontalIcon } from '@radix-ui/react-icons';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Complaint } from '../ui/Complaint.tsx';
import ui from '../ui/ui.module.css';
import { type Channel, useWrite } from './api.ts';
import css from './channels.module.css';

/** On, off, away. Deleting asks once more, in words that say what goes and what stays. */
export function Power({ channel }: { channel: Channel }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const turn = useWrite<'connect' | 'disconnect'>((verb) => ({
    method: 'POST',
    path: `/channels/${channel.id}/${verb}`,
    body: {},
  }));
  const remove = useWrite<void>(() => ({ method: 'DELETE', path: `/channels/${channel.id}?force=true` }));
  const off = channel.status === 'inactive';
  if (asking)
    return (
      <div className={css.confirm} role="alertdialog" aria-label="Delete the channel">
        <span>Delete it and its credentials? What was said stays.</span>
        <button
          type="button"
          className={ui.danger}
          disabled={remove.isPending}
          onClick={() => remove.mutate(undefined, { onSuccess: () => navigate({ to: '/channels' }) })}
        >
          Delete
        </button>
        <button type="button" className={ui.button} onClick={() => setAsking(false)}>
          Keep it
        </button>
        {remove.isError && <Complaint error={remove.error} />}
      </div>
    );
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <button type="button" className={ui.button} aria-label="What to do with the channel">
          <DotsHorizontalIcon aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => turn.mutate('connect')}>{off ? 'Switch on' : 'Connect again'}</Menu.Item>
        {!off && <Menu.Item onClick={() => turn.mutate('disconnect')}>Switch off</Menu.Item>}
        <Menu.Divider />
        <Menu.Item color="red" onClick={() => setAsking(true)}>
          Delete…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
