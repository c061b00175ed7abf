import { TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { faultsOf } from '../api/client.ts';
import { SchemaForm } from '../form/SchemaForm.tsx';
import { fieldsOf, readTyped, toTyped } from '../form/schema.ts';
import { Complaint } from '../ui/Complaint.tsx';
import ui from '../ui/ui.module.css';
import { type Channel, type TypeInfo, useWrite } from './api.ts';
import css from './channels.module.css';
import { Panel } from './Panel.tsx';

/** The account's name and credentials. Secrets read as dots; what is left as it is stays as it is. */
export function Credentials({ channel, info }: { channel: Channel; info: TypeInfo }) {
  const fields = fieldsOf(info.configSchema, info.secrets);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(channel.name);
  const [typed, setTyped] = useState(() => toTyped(fields, channel.config));
  const save = useWrite<object>((body) => ({ method: 'PATCH', path: `/channels/${channel.id}`, body }));
  const faults = faultsOf(save.error);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const config = readTyped(fields, typed);
    // What was there and has been emptied is taken away.
    const gone = Object.keys(channel.config).filter(
      (key) => config[key] === undefined && fields.some((field) => field.name === key),
    );
    save.mutate(
      { name, config: { ...config, ...Object.fromEntries(gone.map((key) => [key, null])) } },
      { onSuccess: () => setOpen(false) },
    );
  };
  return (
    <Panel
      title="Account"
      aside={
        <button type="button" className={ui.button} onClick={() => setOpen(!open)} aria-expanded={open}>
          {open ? 'Close' : 'Change'}
        </button>
      }
    >
      {!open && (
        <p className={css.quiet}>
          {save.isSuccess
            ? 'Saved; the provider is being asked again.'
            : 'The name and the credentials it was connected with.'}
        </p>
      )}
      {open && (
        <form className={css.form} onSubmit={submit} noValidate>
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            error={faults.name}
          />
          <SchemaForm fields={fields} typed={typed} onType={setTyped} faults={faults} at="config" />
          {save.isError && <Complaint error={save.error} />}
          <div className={css.actions}>
            <button type="submit" className={ui.primary} disabled={save.isPending}>
              {save.isPending ? 'Saving…' : 'Save and connect again'}
            </button>
          </div>
        </form>
      )}
    </Panel>
  );
}
