import SPEC from '../../specs/mailgun-messages.json';
import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import type { MailAccount } from './account.ts';
import { writeMail } from './compose.ts';
import { showMail } from './deliver.ts';
import { type SentMail, tellEvent } from './events.ts';
import { ApiError, type Form } from './form.ts';

/** Between people receipts take a moment; for measuring they come at once. */
const RECEIPT_MS = 15;

/** `POST /v3/DOMAIN/messages`: checked against Mailgun’s own description of the form, then shown to whom it is for. */
export async function sendMessage(
  lab: Lab,
  account: MailAccount,
  form: Form,
): Promise<{ answer: unknown; about: { personId?: string; messageId?: string; shown: unknown } }> {
  check(form);
  const first = (name: string): string => form.get(name)?.[0] ?? '';
  const to = (form.get('to') ?? []).flatMap((value) => value.split(','));
  const recipient = addressIn(to[0] ?? '');
  if (!recipient) throw new ApiError(400, 'to parameter is not a valid address. please check documentation');
  if (!addressIn(first('from')))
    throw new ApiError(400, 'from parameter is not a valid address. please check documentation');
  const domain = account.credential('domain');
  const id =
    first('h:Message-Id').replace(/^<|>$/g, '') ||
    `${Date.now()}.1.${Math.random().toString(36).slice(2, 10)}@${domain}`;
  const sent: SentMail = {
    id,
    to: to.join(', '),
    from: first('from'),
    subject: first('subject'),
    recipient,
    variables: Object.fromEntries(
      [...form].filter(([name]) => name.startsWith('v:')).map(([name, [value = '']]) => [name.slice(2), value]),
    ),
    tags: form.get('o:tag') ?? [],
    tracks: ['yes', 'true', 'htmlonly'].includes(first('o:tracking')),
  };
  const person = lab.people.byEmail(recipient);
  const raw = toMime(form, sent, first, account.templates.get(first('template').toLowerCase()));
  const settles = lab.chaos.email.draw(lab.chaos.email.settings.earlyReceipt) ? 0 : RECEIPT_MS;
  const entry = person && !account.phones.of(person).blocked ? await showMail(lab, account, person, raw) : undefined;
  if (entry?.raw) entry.raw.sent = sent;
  lab.later(settles, () => settle(lab, account, sent, person, entry !== undefined));
  const shown = Object.fromEntries([...form].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
  return {
    answer: { id: `<${id}>`, message: 'Queued. Thank you.' },
    about: {
      ...(person ? { personId: person.id } : {}),
      messageId: `<${id}>`,
      shown: { ...shown, files: form.files.map(({ file }) => file.filename) },
    },
  };
}

/** Accepted, then what the recipient’s server said. */
function settle(lab: Lab, account: MailAccount, sent: SentMail, person: Person | undefined, arrived: boolean): void {
  tellEvent(lab, account, 'accepted', sent, person);
  const after = lab.settings.receipts === 'instant' ? 0 : RECEIPT_MS;
  lab.later(after, () => {
    if (arrived) {
      const status = { code: 250, message: 'OK', 'attempt-no': 1, 'mx-host': 'mx.people.example', tls: true };
      tellEvent(lab, account, 'delivered', sent, person, { 'delivery-status': status });
      const { autoReadMs } = lab.settings;
      if (autoReadMs !== null && sent.tracks)
        lab.later(autoReadMs, () => tellEvent(lab, account, 'opened', sent, person));
      return;
    }
    const refused = person
      ? {
          reason: 'suppress-complaint',
          'delivery-status': {
            code: 606,
            message: '',
            description: 'Not delivering to a user who marked your messages as spam',
          },
        }
      : {
          reason: 'bounce',
          'delivery-status': {
            code: 550,
            message: '5.1.1 The email account that you tried to reach does not exist',
            'enhanced-code': '5.1.1',
            'bounce-type': 'hard',
          },
        };
    tellEvent(lab, account, 'failed', sent, person, { severity: 'permanent', ...refused });
  });
}

/** The mail that Mailgun makes of a form. */
function toMime(form: Form, sent: SentMail, first: (name: string) => string, template: string | undefined): Buffer {
  const headers = Object.fromEntries(
    [...form]
      .filter(([name]) => /^h:/i.test(name) && !/^h:message-id$/i.test(name))
      .map(([name, [value = '']]) => [name.slice(2), value.replace(/[\r\n]+/g, ' ')]),
  );
  const html = template === undefined ? first('html') : fill(template, first('t:variables'));
  const text =
    first('text') || html.replace(/<[^>]*>/g, '') || [first('template'), first('t:variables')].join(' ').trim();
  const from = /^\s*"?(.*?)"?\s*<([^>]+)>\s*$/.exec(sent.from);
  const inline = form.files.filter(({ part }) => part === 'inline');
  return writeMail({
    id: sent.id,
    from: from ? { name: from[1]!, address: from[2]! } : { address: sent.from },
    to: sent.to,
    subject: sent.subject,
    text,
    ...(html ? { html: showInline(html, inline) } : {}),
    attachments: form.files.filter(({ part }) => part === 'attachment').map(({ file }) => file),
    headers,
  });
}

/** `{{name}}` by its value, as far as Handlebars is played here. */
function fill(template: string, json: string): string {
  const variables = JSON.parse(json || '{}') as Record<string, unknown>;
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => String(variables[name] ?? ''));
}

/** Pictures inside the HTML, written into it: mail programs show them in their place. */
function showInline(html: string, inline: Form['files']): string {
  return inline.reduce(
    (words, { file }) =>
      words.replaceAll(`cid:${file.filename}`, `data:${file.mimeType};base64,${file.bytes.toString('base64')}`),
    html,
  );
}

const addressIn = (text: string): string | undefined =>
  /([^\s<>"]+@[^\s<>"]+\.[^\s<>"]+)>?\s*$/.exec(text)?.[1]?.toLowerCase();

/** What the description of the form does not know is refused, as is what it misses. */
function check(form: Form): void {
  const { required, properties } = SPEC as {
    required: string[];
    properties: Record<string, { type?: string; enum?: string[] }>;
  };
  for (const name of required) if (!form.has(name)) throw new ApiError(400, `'${name}' parameter is missing`);
  for (const [name, values] of form) {
    if (/^[hv]:./.test(name)) continue;
    const field = properties[name];
    if (!field) throw new ApiError(400, `'${name}' parameter is not known`);
    if (field.type !== 'array' && values.length > 1) throw new ApiError(400, `'${name}' parameter is given twice`);
    if (field.enum && !values.every((value) => field.enum!.includes(value)))
      throw new ApiError(400, `'${name}' parameter is invalid`);
  }
  for (const { part } of form.files)
    if (part !== 'attachment' && part !== 'inline') throw new ApiError(400, `'${part}' parameter is not known`);
  if (!['text', 'html', 'amp-html', 'template'].some((name) => form.get(name)?.[0]))
    throw new ApiError(400, "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified");
  if (!isJson(form.get('t:variables')?.[0] ?? '{}'))
    throw new ApiError(400, "'t:variables' parameter is not valid JSON");
  const headers = [...form].filter(([name]) => /^[hvot]:/.test(name));
  if (Buffer.byteLength(JSON.stringify(headers)) > 16_384)
    throw new ApiError(400, 'Headers and variables are longer than 16 KB');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
