import type { Media } from '@tributary/protocol';

/** A file of a mail that goes out: opened when it is sent, or written out here because we made it. */
export interface MailFile {
  filename: string;
  mimeType?: string;
  media?: Media;
  content?: string;
  /** The HTML shows it as `cid:…`; otherwise it hangs below the mail. */
  cid?: string;
}

/** The two forms of what a mail says: they say the same. HTML is left out where it would add nothing. */
export interface Body {
  text: string;
  html?: string;
  files: MailFile[];
}

/** A mail that goes out, whichever way. Ids are bare. */
export interface Mail extends Body {
  id: string;
  partKey: string;
  to: string[];
  cc: string[];
  bcc: string[];
  replyTo?: string;
  subject: string;
  inReplyTo?: string;
  references: string[];
  /** Further headers. */
  headers: Record<string, string>;
  template?: { name: string; variables: Record<string, unknown> };
}
