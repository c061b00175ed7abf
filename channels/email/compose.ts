import { type Attachment, type Content, type Media, type MessagePart, SendError } from '@tributary/protocol';
import type { RenderContext } from '../adapter.ts';
import { readObject, readText } from '../common/json.ts';
import { type Answering, cardBlock, contactBlock, escapeHtml, listBlock, speak, stack } from './blocks.ts';
import { type EmailConfig, fromOf, inboxOf, readMailbox, tagged, takesTags } from './config.ts';
import { toText } from './html.ts';
import type { Body, Mail, MailFile } from './mail.ts';
import { ownId, tagOfThread } from './naming.ts';
import { unsubscribeLink } from './unsubscribe.ts';

/** RFC 5322 has lines of 998 bytes; what is longer than this is cut off by programs that show it. */
const SUBJECT_BYTES = 150;
/** Some servers refuse headers of many ids: the first and the last tell where a mail belongs. */
const MOST_REFERENCES = 20;

/** A part as the mail it becomes: to whom, in which thread, in two forms. */
export function compose(part: MessagePart, context: RenderContext, config: EmailConfig): Mail {
  const { content } = part;
  const wanted = subjectOf(content, context, config);
  const subject = shorten(wanted);
  const address = replyAddress(context, config);
  const said = sayContent(part, { address, subject: asReply(subject), choices: context.choices ?? [] });
  // Nothing of a long subject is lost: it stands above the words.
  const body = subject === wanted ? said : stack([{ text: wanted, files: [] }, said]);
  const mail = content.type === 'email' ? content : undefined;
  return {
    ...body,
    id: ownId(context.partKey, context.thread, config),
    partKey: context.partKey,
    to: [wantedAddress(context) ?? context.to.value],
    cc: mailboxes(mail?.cc),
    bcc: mailboxes(mail?.bcc),
    replyTo:
      mailboxes(mail?.replyTo ? [mail.replyTo] : undefined)[0] ?? (address === fromOf(config) ? undefined : address),
    subject,
    ...tiesOf(content, context),
    headers: headersOf(context, config),
    ...(content.type === 'template'
      ? { template: { name: content.template.name, variables: content.template.variables ?? {} } }
      : {}),
  };
}

/**
 * Where the writer of the newest mail wants answers: a web form’s mail comes from the form and is answered to the person. It counts only where they
 * are whom we write to: others may write into a thread.
 */
function wantedAddress({ newest, to }: RenderContext): string | undefined {
  const wanted = readObject(newest?.metadata.replyTo);
  return wanted?.insteadOf === to.value ? readMailbox(readText(wanted.address) ?? '') : undefined;
}

const mailboxes = (addresses: readonly string[] | undefined): string[] =>
  (addresses ?? []).flatMap((address) => readMailbox(address.replace(/^.*<|>.*$/g, '')) ?? []);

function sayContent({ content, markup }: MessagePart, answering: Answering): Body {
  switch (content.type) {
    case 'text':
      return withFiles(
        speak(wordsOf(content.text, markup === 'html'), content.actions, answering),
        content.attachments,
      );
    case 'image':
    case 'video':
    case 'audio':
    case 'document': {
      const said = speak(wordsOf(content.text ?? '', markup === 'html'), content.actions, answering);
      return withFiles(said, [{ type: content.type, media: content.media }, ...(content.attachments ?? [])]);
    }
    case 'email':
      return withFiles(speak(sayEmail(content.text, content.html), content.actions, answering), content.attachments);
    case 'card':
      return cardBlock(content, 1, answering);
    case 'carousel': {
      const cards = content.cards.map((card, no) => cardBlock(card, no + 1, answering));
      const whole = stack([wordsOf(content.text ?? '', markup === 'html'), ...cards]);
      return withFiles(speak(whole, content.actions, answering), content.attachments);
    }
    case 'list': {
      const heading = content.header
        ? [{ text: content.header, html: `<h3>${escapeHtml(content.header)}</h3>`, files: [] }]
        : [];
      const footer = content.footer ? [wordsOf(content.footer, false)] : [];
      return stack([...heading, wordsOf(content.text, markup === 'html'), listBlock(content, answering), ...footer]);
    }
    case 'contact':
      return stack(content.contacts.map((contact, no) => contactBlock(contact, no + 1)));
    case 'template':
      return speak(
        wordsOf(fill(content.text ?? '', content.template.variables ?? {}), false),
        content.actions,
        answering,
      );
    default:
      throw new SendError('content_refused', { providerMessage: `A mail has no word for “${content.type}”.` });
  }
}

/** Plain words need no HTML beside them. */
const wordsOf = (text: string, isHtml: boolean): Body =>
  isHtml ? { text: toText(text), html: text, files: [] } : { text, files: [] };

const sayEmail = (text: string | undefined, html: string | undefined): Body => ({
  text: text ?? (html === undefined ? '' : toText(html)),
  ...(html === undefined ? {} : { html }),
  files: [],
});

/** `{{name}}` in a template of ours; what has no value is left as it is, so that somebody sees it. */
const fill = (text: string, variables: Record<string, unknown>): string =>
  text.replace(/\{\{\s*([\w.-]{1,80})\s*\}\}/g, (whole, name: string) => {
    const value = variables[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });

function withFiles(body: Body, attachments: readonly Attachment[] | undefined): Body {
  if (!attachments?.length) return body;
  return {
    ...body,
    files: [
      ...body.files,
      ...attachments.map(({ type, media }, no) => fileOf(type, media, body.files.length + no + 1)),
    ],
  };
}

const ENDINGS: Readonly<Record<Attachment['type'], string>> = {
  image: 'jpg',
  video: 'mp4',
  audio: 'mp3',
  document: 'bin',
};

function fileOf(type: Attachment['type'], media: Media, no: number): MailFile {
  const fromUrl =
    media.url && URL.canParse(media.url) ? decode(new URL(media.url).pathname.split('/').at(-1) ?? '') : '';
  const named = media.filename || (/\.[a-z0-9]{1,5}$/i.test(fromUrl) ? fromUrl : '');
  return {
    filename: clean(named) || `${type}-${no}.${ENDINGS[type]}`,
    ...(media.mimeType ? { mimeType: media.mimeType } : {}),
    media,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One line without control characters: nothing written here may begin a header. */
const clean = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

function subjectOf(content: Content, { newest }: RenderContext, config: EmailConfig): string {
  if (content.type === 'email' && clean(content.subject)) return clean(content.subject);
  const named = content.type === 'template' ? content.template.variables?.subject : undefined;
  if (typeof named === 'string' && clean(named)) return clean(named);
  const answered = typeof newest?.metadata.subject === 'string' ? clean(newest.metadata.subject) : '';
  if (answered) return asReply(answered);
  return clean(config.subject ?? '') || `A message from ${clean(config.fromName ?? '') || fromOf(config)}`;
}

const REPLY = /^(?:\s*(?:re|aw|sv|res|ref|fw|fwd|wg|enc|tr|i)(?:\[\d+\])?\s*:)+\s*/i;

/** `Re: ` once, whatever other languages put there before. */
const asReply = (subject: string): string => `Re: ${subject.replace(REPLY, '')}`;

/** The subject within its bytes, cut between characters as people see them. */
function shorten(subject: string): string {
  if (Buffer.byteLength(subject) <= SUBJECT_BYTES) return subject;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(subject)) {
    if (Buffer.byteLength(kept) + Buffer.byteLength(segment) > SUBJECT_BYTES - 3) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Where answers go: what the config names, with the thread’s token where the mailbox takes such addresses. */
function replyAddress({ thread }: RenderContext, config: EmailConfig): string {
  const named = readMailbox(config.replyTo ?? '');
  const tag = takesTags(config) && !named ? tagOfThread(thread) : undefined;
  const address = named ?? inboxOf(config);
  return tag ? tagged(address, tag) : address;
}

/** What it answers, and what that mail answered in turn. */
function tiesOf(content: Content, { replyTo, newest }: RenderContext): Pick<Mail, 'inReplyTo' | 'references'> {
  const mail = content.type === 'email' ? content : undefined;
  const before = Array.isArray(newest?.metadata.references) ? newest.metadata.references.map(String) : [];
  const known = newest ? [...before, newest.externalId] : [];
  const answered = mail?.inReplyTo ?? replyTo?.externalId ?? newest?.externalId;
  const all = [
    ...new Set([...(mail?.references ?? known), ...(answered ? [answered] : [])].map(oneId).filter(isRealId)),
  ];
  const references = all.length > MOST_REFERENCES ? [all[0]!, ...all.slice(1 - MOST_REFERENCES)] : all;
  const inReplyTo = answered && isRealId(oneId(answered)) ? oneId(answered) : undefined;
  return { references, ...(inReplyTo ? { inReplyTo } : {}) };
}

const oneId = (id: string): string => id.replace(/[<>\s\p{Cc}]/gu, '');
/** An id that we made for a mail without one is known to nobody else. */
const isRealId = (id: string): boolean => id.includes('@') && !id.endsWith('@unnamed.invalid') && id.length <= 500;

function headersOf(context: RenderContext, config: EmailConfig): Record<string, string> {
  const unsubscribes = config.listUnsubscribe ?? 'marketing';
  const link =
    unsubscribes === 'always' || (unsubscribes === 'marketing' && context.purpose === 'marketing')
      ? unsubscribeLink(context.to.value, context.callbackUrl, config)
      : undefined;
  return {
    // What a program wrote says so, and other programs leave it unanswered.
    ...(context.author === 'bot' || context.author === 'system'
      ? { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' }
      : {}),
    ...(link ? { 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
  };
}
