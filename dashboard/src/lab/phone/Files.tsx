import { FileIcon } from '@radix-ui/react-icons';
import type { PhoneMessage } from '../sim.ts';
import css from './media.module.css';

/** The files of a message that holds several: a mail's attachments, the further pictures of an MMS. */
export function Files({ files }: { files: NonNullable<PhoneMessage['attachments']> }) {
  return (
    <ul className={css.files} aria-label="Attachments">
      {files.map(({ url, filename, mimeType }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a message's files never change places.
        <li key={at}>
          <a className={css.attached} href={url} target="_blank" rel="noopener noreferrer" download={filename}>
            {mimeType.startsWith('image/') ? <img src={url} alt="" /> : <FileIcon aria-hidden="true" />}
            <span>{filename}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
