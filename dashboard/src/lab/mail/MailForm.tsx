import { Cross2Icon } from '@radix-ui/react-icons';
import { type FormEvent, useId, useRef, useState } from 'react';
import { Trouble } from '../phone/Foot.tsx';
import { Clip, SendPlane } from '../phone/glyphs.tsx';
import { StatusBar } from '../phone/Header.tsx';
import { fileSample, type Sample, samplePicture } from '../phone/samples.ts';
import type { PhoneHand } from '../phone/use_hand.ts';
import type { Person, PhoneMessage } from '../sim.ts';
import css from './mail.module.css';

/** A new mail, or an answer to one. */
export function MailForm({
  to,
  person,
  hand,
  about,
  subject: given = '',
  onDone,
  onLeave,
}: {
  to: string;
  person: Person;
  hand: PhoneHand;
  about?: PhoneMessage;
  subject?: string;
  onDone: () => void;
  onLeave: () => void;
}) {
  const [subject, setSubject] = useState(about ? `Re: ${given}` : given);
  const [text, setText] = useState('');
  const [files, setFiles] = useState<Sample[]>([]);
  const [automatic, setAutomatic] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const id = useId();

  const send = async (event: FormEvent) => {
    event.preventDefault();
    const done = await hand.act({
      do: 'mail',
      subject: subject.trim(),
      text,
      ...(files.length > 0 ? { attachments: files } : {}),
      ...(about ? { inReplyTo: about.id } : {}),
      ...(automatic ? { automatic } : {}),
    });
    if (done) onDone();
  };
  return (
    <form className={css.form} onSubmit={(event) => void send(event)}>
      <div className={css.top}>
        <StatusBar />
        <div className={css.bar}>
          <button type="button" className={css.back} onClick={onLeave} aria-label="Leave it">
            <Cross2Icon width={18} height={18} />
          </button>
          <p className={css.title}>{about ? 'Reply' : 'New mail'}</p>
          <button type="submit" className={css.send} aria-label="Send" disabled={!text.trim()}>
            <SendPlane />
          </button>
        </div>
      </div>
      <div className={css.fields}>
        <p className={css.field}>
          <span>To</span>
          <span dir="auto">{to}</span>
        </p>
        <p className={css.field}>
          <label htmlFor={`${id}-subject`}>Subject</label>
          <input id={`${id}-subject`} value={subject} dir="auto" onChange={(event) => setSubject(event.target.value)} />
        </p>
        <textarea
          className={css.letter}
          value={text}
          dir="auto"
          aria-label="Write on E-mail"
          placeholder="Write your mail"
          onChange={(event) => setText(event.target.value)}
        />
        {files.length > 0 && (
          <ul className={css.files} aria-label="Attachments">
            {files.map((file) => (
              <li key={file.filename} className={css.file}>
                <span>{file.filename}</span>
                <button
                  type="button"
                  aria-label={`Leave out ${file.filename}`}
                  onClick={() => setFiles((now) => now.filter((each) => each !== file))}
                >
                  <Cross2Icon />
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div>
        <Trouble hand={hand} />
        <div className={css.extras}>
          <button type="button" className={css.attach} onClick={() => chooser.current?.click()}>
            <Clip /> File
          </button>
          <button
            type="button"
            className={css.attach}
            onClick={() => setFiles((now) => [...now, samplePicture(person.hue)])}
          >
            Sample picture
          </button>
          <label className={css.check}>
            <input type="checkbox" checked={automatic} onChange={(event) => setAutomatic(event.target.checked)} />
            Out of office
          </label>
        </div>
      </div>
      <input
        ref={chooser}
        type="file"
        hidden
        aria-label="File"
        onChange={async (event) => {
          const chosen = event.target.files?.[0];
          event.target.value = '';
          if (!chosen) return;
          const sample = await fileSample(chosen);
          setFiles((now) => [...now, sample]);
        }}
      />
    </form>
  );
}
