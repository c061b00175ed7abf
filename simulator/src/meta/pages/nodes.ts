import type { Person } from '../../control.ts';
import { eachLab } from '../../double.ts';
import { isObject, type Upload } from '../../http.ts';
import type { Lab } from '../../lab.ts';
import { portrait } from '../../people.ts';
import { createTemplate, listTemplates, removeTemplate, statusOf } from '../approval.ts';
import { badToken, noObject } from '../error.ts';
import { shakeHands } from '../nodes.ts';
import { allPages, type PageAccount } from './account.ts';
import { apps } from './apps.ts';
import { param, refusal } from './error.ts';
import { fetchLink } from './files.ts';
import { readProfile, removeProfile, writeProfile } from './profile.ts';
import { tooMany } from './send.ts';
import { FILES } from './validate.ts';

type Json = Record<string, unknown>;

/** What a route needs of its request. */
export interface Question {
  method: string;
  node: string;
  query: URLSearchParams;
  body: Json;
  files: Map<string, Upload>;
}

/** Everything but messages: nodes, subscriptions, what Meta keeps, uploads, templates. */
export async function answerPageNode(lab: Lab, account: PageAccount, edge: string, question: Question): Promise<Json> {
  const { method, node } = question;
  const own = node === 'me' || node === account.node;
  switch (edge) {
    case '':
      if (method !== 'GET') break;
      return own
        ? describePage(account, question.query.get('fields'))
        : describePerson(lab, account, node, question.query.get('fields'));
    case 'subscribed_apps':
      if (own) return subscribedApps(account, question);
      break;
    case 'messenger_profile':
      if (own) return messengerProfile(account, question);
      break;
    case 'message_attachments':
      if (own && method === 'POST' && account.pageId) return upload(lab, account, question);
      break;
    case 'message_templates':
      if (own && account.product === 'facebook') return templates(lab, account, question);
      break;
  }
  throw noObject(node, method === 'GET' ? 'get' : method === 'DELETE' ? 'delete' : 'post');
}

/** The page, or the account with its own login; `instagram_business_account{…}` leads from the one to the other. */
function describePage(account: PageAccount, fields: string | null): Json {
  const picture = 'https://platform-lookaside.fbsbx.com/platform/profilepic/?lab';
  const person = { username: account.username, name: account.public.title, profile_picture_url: picture };
  if (!account.pageId) return { user_id: account.id, id: account.id, ...person };
  const linked = /instagram_business_account(?:\{([^}]*)\})?/.exec(fields ?? '');
  const instagram =
    account.product === 'instagram' && linked
      ? { instagram_business_account: { id: account.id, ...(linked[1] ? person : {}) } }
      : {};
  const wanted = (fields ?? 'id,name').replace(/\{[^}]*\}/g, '').split(',');
  return {
    ...(wanted.includes('name') ? { name: account.public.title } : {}),
    ...(wanted.includes('picture') ? { picture: { data: { url: picture } } } : {}),
    ...instagram,
    id: account.pageId,
  };
}

/** Portraits, made when first asked for. */
const portraits = eachLab((lab) => {
  const made = new Map<string, string>();
  return (person: Person): string => {
    const known = made.get(person.id);
    if (known !== undefined && lab.files.get(known)) return known;
    const { id } = lab.files.put({ mimeType: 'image/png', filename: `${person.id}.png`, bytes: portrait(person.hue) });
    made.set(person.id, id);
    return id;
  };
});

/** What a person has let the business know; nothing before they wrote. */
function describePerson(lab: Lab, account: PageAccount, id: string, fields: string | null): Json {
  const facebook = account.product === 'facebook';
  const person = facebook ? lab.people.byPsid(id) : lab.people.byIgsid(id);
  if (!person) throw noObject(id, 'get');
  if (!account.phones.of(person).started)
    throw refusal(230, 'User consent is required to access user profile', undefined, 403);
  const { firstName, lastName } = person.telegram;
  const picture = `${lab.url}/meta/cdn/${portraits(lab)(person)}`;
  const whole: Json = facebook
    ? { first_name: firstName, ...(lastName ? { last_name: lastName } : {}), name: person.name, profile_pic: picture }
    : {
        name: person.name,
        username: person.instagram.username,
        profile_pic: picture,
        follower_count: 120,
        is_verified_user: false,
        is_user_follow_business: true,
        is_business_follow_user: false,
      };
  const wanted = fields?.split(',') ?? Object.keys(whole);
  return { ...Object.fromEntries(wanted.flatMap((field) => (field in whole ? [[field, whole[field]]] : []))), id };
}

function subscribedApps(account: PageAccount, { method, query, body }: Question): Json {
  if (method === 'GET') {
    const { subscribed, appId } = account;
    return {
      data: subscribed
        ? [{ id: appId, name: 'Lab App', link: 'https://lab.example', subscribed_fields: subscribed }]
        : [],
    };
  }
  if (method === 'DELETE') {
    account.subscribed = undefined;
    account.publish();
    return { success: true };
  }
  const fields = String(query.get('subscribed_fields') ?? body.subscribed_fields ?? '')
    .split(',')
    .filter(Boolean);
  if (fields.length === 0) throw param('The parameter subscribed_fields is required.');
  account.subscribed = fields;
  account.publish();
  return { success: true };
}

/** Ten calls in ten minutes for a page. */
function messengerProfile(account: PageAccount, { method, query, body }: Question): Json {
  if (method !== 'GET') {
    const since = Date.now() - 600_000;
    account.profileCalls = account.profileCalls.filter((at) => at > since);
    if (account.profileCalls.length >= 10) throw tooMany(account);
    account.profileCalls.push(Date.now());
  }
  const instagram = account.product === 'instagram';
  if (instagram && account.pageId && query.get('platform') !== 'instagram' && body.platform !== 'instagram') {
    throw param('The parameter platform is required.');
  }
  if (method === 'GET') return readProfile(account.profile, query.get('fields'));
  if (method === 'DELETE') return removeProfile(account.profile, body);
  return writeProfile(account.profile, body, instagram);
}

/** `POST /{page}/message_attachments`: a file by its link or byte for byte; its id is good for ninety days, for this page alone. */
async function upload(lab: Lab, account: PageAccount, { body, files }: Question): Promise<Json> {
  if (account.product === 'instagram' && body.platform !== 'instagram')
    throw param('The parameter platform is required.');
  const message = typeof body.message === 'string' ? (JSON.parse(body.message) as unknown) : body.message;
  const attachment = isObject(message) && isObject(message.attachment) ? message.attachment : undefined;
  const kind = String(attachment?.type);
  const limits = Object.hasOwn(FILES, kind) ? FILES[kind] : undefined;
  if (!attachment || !limits)
    throw param('Param message[attachment][type] must be one of {IMAGE, VIDEO, AUDIO, FILE}.');
  const url = isObject(attachment.payload) ? attachment.payload.url : undefined;
  const keep = (id: string): Json => {
    account.attachments.add(id);
    return { attachment_id: id };
  };
  if (typeof url === 'string') {
    const fetched = await fetchLink(lab, account, kind, url);
    return keep((fetched ?? lab.files.put({ mimeType: 'application/octet-stream', url })).id);
  }
  const file = files.get('filedata');
  if (!file) throw param('Either a url or filedata is required.');
  if (file.bytes.length > limits.megabytes * 1024 * 1024)
    throw param('Attachment size exceeds allowable limit.', 2018047);
  if (!limits[account.product].test(file.mimeType)) throw param('Upload attachment failure.', 2018047);
  return keep(lab.files.put(file).id);
}

function templates(lab: Lab, account: PageAccount, { method, query, body }: Question): Json {
  if (method === 'GET') return listTemplates(account.templates, query);
  if (method === 'DELETE') return removeTemplate(account.templates, query);
  return createTemplate(lab, account.templates, body, (template) =>
    account.hook.tellChange('message_template_status_update', statusOf(template)),
  );
}

/** `/{app}/subscriptions`, with the app's own token `id|secret`: one callback for each object, taken after Meta's check. */
export async function answerApp(lab: Lab, token: string, { method, node, body }: Question): Promise<Json> {
  const [appId, secret] = token.split('|');
  const accounts = allPages(lab).filter((account) => account.appId === node);
  if (node !== appId || !accounts.some(({ appSecret }) => appSecret === secret)) throw badToken(true);
  const known = apps(lab);
  if (method === 'GET') {
    const data = ['page', 'instagram'].flatMap((object) => {
      const one = known.get(`${appId} ${object}`);
      const fields = one?.fields.map((name) => ({ name, version: 'v26.0' }));
      return one ? [{ object, callback_url: one.url, active: true, fields }] : [];
    });
    return { data };
  }
  const object = String(body.object);
  if (object !== 'page' && object !== 'instagram') throw param('Param object must be one of {page, instagram}.');
  if (method === 'DELETE') known.delete(`${appId} ${object}`);
  else {
    await shakeHands(lab, body.callback_url, body.verify_token);
    const fields = String(body.fields ?? '')
      .split(',')
      .filter(Boolean);
    if (fields.length === 0) throw param('The parameter fields is required.');
    known.set(`${appId} ${object}`, { url: String(body.callback_url), fields });
  }
  for (const account of accounts) account.publish();
  return { success: true };
}

/** A long-lived token of an account with its own login, for another sixty days. The Lab gives the same one, so that other processes go on. */
export function refreshToken(account: PageAccount | undefined): Json {
  if (!account || account.pageId) throw badToken(true);
  return { access_token: account.token, token_type: 'bearer', expires_in: 5_183_944 };
}
