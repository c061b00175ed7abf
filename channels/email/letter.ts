import type { Attachment } from '@tributary/protocol';

/** Somebody of a mail’s header, the address normalised. */
export interface Party {
  address: string;
  name?: string;
}

/** A file of a mail, without its bytes: `ref` finds them again in the raw request. */
export interface LetterFile {
  ref: Record<string, unknown>;
  filename?: string;
  mimeType: string;
  size?: number;
  /** Where the HTML shows it: `cid:…`. */
  cid?: string;
}

/** A mail as it was understood, whichever way it came. Ids are bare. */
export interface Letter {
  id: string;
  /** The mail had no id of its own: this one is made of what it says. */
  derived?: true;
  from: Party;
  /** Where the writer wants answers, if not at `from`: what web forms send has it so. */
  replyTo?: string;
  to: Party[];
  cc: Party[];
  /** Where it was delivered, as far as anybody tells: the envelope first. */
  recipients: string[];
  subject: string;
  date?: Date;
  inReplyTo?: string;
  references: string[];
  text?: string;
  html?: string;
  files: LetterFile[];
  /** Parts that programs write for programs: `message/delivery-status` and the like, as text. */
  reports: { type: string; text: string }[];
  /** Of a mail that was too large to be fetched whole: its size. */
  cutFrom?: number;
  /** Every header by its name in lower case; of one that comes several times, all. */
  headers: ReadonlyMap<string, readonly string[]>;
}

/** The first header of the name. */
export const headerOf = (letter: Pick<Letter, 'headers'>, name: string): string | undefined =>
  letter.headers.get(name)?.[0];

/** The kind of file a MIME type stands for. */
export function kindOfFile(mimeType: string): Attachment['type'] {
  const family = mimeType.split('/')[0]!.toLowerCase();
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}
