import { createHmac, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Received, type Receiver, sleep, startReceiver } from '../../test/receiver.ts';
import { type Simulator, startSimulator } from '../simulator.ts';

let lab: Simulator;
let platform: Receiver;
let token: string;
const agent = 'acme_demo_agent';
const clientToken = 'TESTCLIENTTOKEN0001';
const ana = '+12025550142';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const email = 'rbm@acme-demo.iam.gserviceaccount.com';
const serviceAccountJson = JSON.stringify({ type: 'service_account', client_email: email, private_key: pem });

beforeAll(async () => {
  lab = await startSimulator({ settings: { retryFirstMs: 20, retryMaxMs: 80, autoReadMs: null } });
  platform = await startReceiver();
});
afterAll(async () => {
  await lab.stop();
  await platform.stop();
});
beforeEach(async () => {
  await quiet(lab, platform);
  lab.reset(true);
  platform.got.length = 0;
  const credentials = { serviceAccountJson, clientToken };
  lab.account({ provider: 'rcs', account: agent, title: 'Acme', credentials, webhookUrl: platform.url });
  token = (await grant()).access_token;
});

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
type Any = any;

const now = () => Math.floor(Date.now() / 1000);
const claims = (more: object = {}) => ({
  iss: email,
  scope: 'https://www.googleapis.com/auth/rcsbusinessmessaging',
  aud: 'https://oauth2.googleapis.com/token',
  iat: now(),
  exp: now() + 3600,
  ...more,
});
function assertion(said: object, key: string = pem): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(said)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
}
async function grant(jwt = assertion(claims()), type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'): Promise<Any> {
  const body = new URLSearchParams({ grant_type: type, assertion: jwt });
  const answer = await fetch(`${lab.url}/rcs/oauth2/token`, { method: 'POST', body });
  return { status: answer.status, ...(await answer.json()) };
}
async function rbm(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Any> {
  const answer = await fetch(`${lab.url}/rcs${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const retryAfter = answer.headers.get('retry-after');
  return { status: answer.status, ...(retryAfter ? { retryAfter } : {}), ...(await answer.json()) };
}
const phonePath = (edge: string, query: string, number = ana) =>
  `/v1/phones/${encodeURIComponent(number)}/${edge}?${query}&agentId=${agent}`;
const send = (contentMessage: unknown, more: object = {}, id: string = randomUUID(), number = ana) =>
  rbm('POST', phonePath('agentMessages', `messageId=${id}`, number), { contentMessage, ...more });
const act = (deed: Parameters<Simulator['act']>[3], person = 'ana') => lab.act('rcs', agent, person, deed) ?? '';
const phone = (person = 'ana') => lab.phone('rcs', agent, person);
const dataOf = ({ json }: Received): Any => JSON.parse(Buffer.from(json.message.data, 'base64').toString('utf8'));
const told = (): Any[] => platform.got.map(dataOf);
async function until<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = look();
    if (found) return found;
    await sleep(5);
  }
  throw new Error(`waited in vain; got ${JSON.stringify(told())}`);
}
const reply = (text: string, postbackData = text) => ({ reply: { text, postbackData } });

describe('the token service', () => {
  it('gives a token for an assertion of the service account, for an hour', async () => {
    expect(await grant()).toMatchObject({ status: 200, expires_in: 3599, token_type: 'Bearer' });
  });

  it('refuses in Google’s words what was signed by another, for another, too long, or by nobody known', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    const refused = async (jwt: string) => {
      const { status, error, error_description: says } = await grant(jwt);
      expect(status).toBe(400);
      return `${error}: ${says}`;
    };
    expect(await refused(assertion(claims(), other.toString()))).toBe('invalid_grant: Invalid JWT Signature.');
    expect(await refused(assertion(claims({ iss: 'x@y' })))).toBe('invalid_grant: Invalid grant: account not found');
    expect(await refused(assertion(claims({ aud: lab.url })))).toBe('invalid_grant: Failed audience check.');
    expect(await refused(assertion(claims({ scope: 'openid' })))).toMatch(/^invalid_scope/);
    expect(await refused(assertion(claims({ exp: now() + 7200 })))).toMatch(/short-lived token/);
    expect(await refused(assertion(claims({ iat: now() - 7200, exp: now() - 3600 })))).toMatch(/short-lived token/);
    expect(await refused('no.jwt')).toMatch(/^invalid_request/);
    expect(await grant(assertion(claims()), 'password')).toMatchObject({ error: 'unsupported_grant_type' });
  });

  it('opens the agents of its partner and nothing else', async () => {
    lab.account({ provider: 'rcs', account: 'other_agent' });
    expect(await rbm('POST', '/v1/users:batchGet', { users: [ana], agentId: 'other_agent' })).toMatchObject({
      status: 403,
      error: { code: 403, status: 'PERMISSION_DENIED', message: 'The caller does not have permission' },
    });
    expect(await rbm('POST', '/v1/users:batchGet', { users: [ana] })).toMatchObject({ status: 400 });
    token = 'ya29.wrong';
    expect(await send({ text: 'Hello' })).toMatchObject({ status: 401, error: { status: 'UNAUTHENTICATED' } });
  });
});

describe('the webhook', () => {
  const console = (url: string) => rbm('POST', `/console/agents/${agent}/webhook`, { url });

  it('is taken in the console when it gives the secret back', async () => {
    platform.answer = ({ json }) => ({ status: 200, body: json.secret });
    expect(await console(`${platform.url}/new`)).toEqual({ status: 200, url: `${platform.url}/new` });
    expect(platform.got[0]!.json).toEqual({ clientToken, secret: expect.any(String) });
    expect(platform.got[0]!.headers['x-goog-signature']).toBeUndefined();
    act({ do: 'text', text: 'Hi' });
    expect((await platform.wait((one) => one.json.message)).url).toBe('/hook/new');
  });

  it('is refused when it does not, and the old one stays', async () => {
    platform.answer = () => ({ status: 200, body: 'no idea' });
    expect(await console(`${platform.url}/new`)).toMatchObject({ status: 400 });
    act({ do: 'text', text: 'Hi' });
    expect((await platform.wait((one) => one.json.message)).url).toBe('/hook');
  });

  it('is signed over the data, which holds the agent with its domain', async () => {
    act({ do: 'text', text: 'Olá 👋' });
    const got = await platform.wait();
    const data = Buffer.from(got.json.message.data, 'base64');
    const signature = createHmac('sha512', clientToken).update(data).digest('base64');
    expect(got.headers['x-goog-signature']).toBe(signature);
    expect(dataOf(got)).toEqual({
      senderPhoneNumber: ana,
      messageId: expect.stringMatching(/^Mx/),
      text: 'Olá 👋',
      sendTime: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
      agentId: 'acme_demo_agent@rbm.goog',
    });
    expect(got.json.message.attributes).toMatchObject({ type: 'message', product: 'RBM' });
  });

  it('is called again until it is taken, and twice or out of order on a bad day', async () => {
    let failures = 2;
    platform.answer = () => ({ status: failures-- > 0 ? 500 : 200 });
    act({ do: 'text', text: 'again' });
    await platform.wait(() => true, 3);
    expect(new Set(platform.got.map(({ raw }) => raw.toString())).size).toBe(1);
    platform.got.length = 0;
    lab.misbehave({ rcs: { duplicate: 1 } });
    act({ do: 'text', text: 'twice' });
    await platform.wait(() => true, 2);
    platform.got.length = 0;
    lab.misbehave({ rcs: { duplicate: 0, reorder: 1 } });
    act({ do: 'text', text: 'one' });
    act({ do: 'text', text: 'two' });
    await platform.wait(() => true, 2);
    expect(told().map(({ text }) => text)).toEqual(['two', 'one']);
  });
});

describe('a message', () => {
  it('is taken, delivered, and read when the chat is opened', async () => {
    const id = randomUUID();
    expect(await send({ text: 'Your order has shipped.' }, { ttl: '86400s' }, id)).toEqual({
      status: 200,
      name: `phones/${ana}/agentMessages/${id}`,
      sendTime: expect.any(String),
      contentMessage: { text: 'Your order has shipped.' },
      ttl: '86400s',
    });
    await until(() => told().find(({ eventType }) => eventType === 'DELIVERED'));
    expect(phone().messages).toMatchObject([
      { id, from: 'business', text: 'Your order has shipped.', status: 'delivered' },
    ]);
    act({ do: 'read' });
    await until(() => told().find(({ eventType }) => eventType === 'READ'));
    expect(told()).toMatchObject([
      { senderPhoneNumber: ana, eventType: 'DELIVERED', messageId: id, eventId: expect.any(String) },
      { senderPhoneNumber: ana, eventType: 'READ', messageId: id },
    ]);
  });

  it('is taken once under its id, which must be a UUID', async () => {
    const id = randomUUID();
    expect((await send({ text: 'Once' }, {}, id)).status).toBe(200);
    expect(await send({ text: 'Once' }, {}, id)).toMatchObject({ status: 409, error: { status: 'ALREADY_EXISTS' } });
    await until(() => phone().messages[0]);
    expect(phone().messages).toHaveLength(1);
    expect(await send({ text: 'No' }, {}, 'order-1042')).toMatchObject({ status: 400 });
  });

  it('reaches nobody whose number is unknown, whose phone has no RCS, or who does not test an agent that is not launched', async () => {
    const lost = { status: 404, error: { code: 404, message: 'Requested entity was not found.', status: 'NOT_FOUND' } };
    expect(await send({ text: 'x' }, {}, randomUUID(), '+4930123456')).toEqual(lost);
    act({ do: 'device', reach: 'none' });
    expect(await send({ text: 'x' })).toEqual(lost);
    expect(() => act({ do: 'text', text: 'x' })).toThrow('has no RCS');
    act({ do: 'device', reach: 'rcs' });
    expect((await send({ text: 'x' })).status).toBe(200);
    lab.reset(true);
    const credentials = { serviceAccountJson, clientToken, launchState: 'UNLAUNCHED' };
    lab.account({ provider: 'rcs', account: agent, credentials });
    token = (await grant()).access_token;
    expect(await send({ text: 'x' })).toEqual(lost);
    expect(await rbm('POST', phonePath('testers', 'x=1'), {})).toMatchObject({ inviteStatus: 'ACCEPTED' });
    expect((await send({ text: 'x' })).status).toBe(200);
  });

  it('waits for a phone out of reach, and is taken back at the end of its time', async () => {
    act({ do: 'device', reach: 'offline' });
    const [kept, short, long] = [randomUUID(), randomUUID(), randomUUID()];
    await send({ text: 'kept' }, {}, kept);
    await send({ text: 'short' }, { ttl: '0.3s' }, short);
    await send({ text: 'long' }, { ttl: '86400s' }, long);
    await until(() => told().find(({ messageId }) => messageId === short));
    act({ do: 'elapse', hours: 25 });
    await until(() => told().find(({ messageId }) => messageId === long));
    expect(
      told().map(({ phoneNumber, senderPhoneNumber, eventType }) => [phoneNumber, senderPhoneNumber, eventType]),
    ).toEqual([
      [ana, undefined, 'TTL_EXPIRATION_REVOKED'],
      [ana, undefined, 'TTL_EXPIRATION_REVOKED'],
    ]);
    act({ do: 'device', reach: 'rcs' });
    await until(() => told().find(({ eventType }) => eventType === 'DELIVERED'));
    expect(phone().messages.map(({ text }) => text)).toEqual(['kept']);
  });

  it('is taken back by the agent while it waits, and not afterwards', async () => {
    act({ do: 'device', reach: 'offline' });
    const id = randomUUID();
    await send({ text: 'Wrong price' }, {}, id);
    const path = `/v1/phones/${encodeURIComponent(ana)}/agentMessages/${id}?agentId=${agent}`;
    expect(await rbm('DELETE', path)).toEqual({ status: 200 });
    act({ do: 'device', reach: 'rcs' });
    await sleep(100);
    expect(phone().messages).toEqual([]);
    const other = path.replace(id, randomUUID());
    expect(await rbm('DELETE', other)).toMatchObject({ status: 404 });
  });

  it('with files is drawn with them, and refused where they cannot be had', async () => {
    const upload = await rbm('POST', `/upload/v1/files?uploadType=media&agentId=${agent}`, 'JPEG', {
      'content-type': 'image/jpeg',
    });
    expect(upload.name).toMatch(/^files\/\d+$/);
    expect((await send({ uploadedRbmFile: { fileName: upload.name } })).status).toBe(200);
    await until(() => phone().messages[0]);
    expect(phone().messages[0]).toMatchObject({ kind: 'image', mediaUrl: expect.stringMatching(/^\/lab\/files\//) });
    const linked = await rbm('POST', '/v1/files', { fileUrl: 'https://cdn.example.com/p.png', agentId: agent });
    expect((await send({ uploadedRbmFile: { fileName: linked.name } })).status).toBe(200);
    expect((await send({ uploadedRbmFile: { fileName: 'files/999' } })).status).toBe(404);
    expect((await send({ contentInfo: { fileUrl: 'https://cdn.example.com/invoice.pdf' } })).status).toBe(200);
    await until(() => phone().messages.find(({ kind }) => kind === 'document'));
    platform.answer = () => ({ status: 200, body: 'text' });
    expect((await send({ contentInfo: { fileUrl: platform.url.replace('/hook', '/note.txt') } })).status).toBe(400);
    platform.answer = () => ({ status: 404 });
    expect((await send({ contentInfo: { fileUrl: platform.url.replace('/hook', '/gone.png') } })).status).toBe(400);
    const bytes = await rbm('POST', `/upload/v1/files?agentId=${agent}`, 'PK', { 'content-type': 'application/zip' });
    expect(bytes.status).toBe(400);
  });

  it('of cards shows their words and buttons', async () => {
    const card = (title: string) => ({
      title,
      description: 'From $25',
      suggestions: [reply(`Buy ${title}`, `buy:${title}`)],
    });
    await send({ richCard: { standaloneCard: { cardOrientation: 'VERTICAL', cardContent: card('Hoodie') } } });
    await send({ richCard: { carouselCard: { cardWidth: 'MEDIUM', cardContents: [card('Mug'), card('Cap')] } } });
    await until(() => phone().messages[1]);
    expect(phone().messages).toMatchObject([
      {
        header: 'Hoodie',
        text: 'From $25',
        buttons: [[{ id: 'card0:0', text: 'Buy Hoodie', kind: 'reply', style: 'inline' }]],
      },
      { cards: [{ title: 'Mug' }, { title: 'Cap', buttons: [[{ id: 'card1:0' }]] }] },
    ]);
  });
});

describe('what breaks a limit is refused', () => {
  const card = { title: 'Mug' };
  const alone = (cardContent: object, more: object = {}) => ({
    richCard: { standaloneCard: { cardOrientation: 'VERTICAL', cardContent, ...more } },
  });
  const row = (cardContents: object[], cardWidth = 'MEDIUM') => ({
    richCard: { carouselCard: { cardWidth, cardContents } },
  });
  const action = (what: object) => ({
    text: 'x',
    suggestions: [{ action: { text: 'Go', postbackData: 'go', ...what } }],
  });
  const tall = { media: { height: 'TALL', contentInfo: { fileUrl: 'https://cdn.example.com/a.png' } } };

  it.each<[string, unknown, object?]>([
    ['no content', {}],
    ['two contents', { text: 'x', contentInfo: { fileUrl: 'https://cdn.example.com/a.png' } }],
    ['an empty text', { text: '' }],
    ['a text of 3073', { text: 'x'.repeat(3073) }],
    ['a field nobody knows', { text: 'x', markdown: true }],
    ['a value of another kind', { text: 7 }],
    ['12 chips', { text: 'x', suggestions: Array.from({ length: 12 }, (_, i) => reply(`${i}`)) }],
    ['a chip of 26', { text: 'x', suggestions: [reply('x'.repeat(26))] }],
    ['a chip without words', { text: 'x', suggestions: [reply('', 'p')] }],
    ['a payload of 2049', { text: 'x', suggestions: [reply('x', 'p'.repeat(2049))] }],
    ['a chip that does nothing', { text: 'x', suggestions: [{}] }],
    ['an action that does nothing', action({})],
    ['an action that does two things', action({ shareLocationAction: {}, dialAction: { phoneNumber: ana } })],
    ['a link that is none', action({ openUrlAction: { url: 'shop' } })],
    ['a web view without a size', action({ openUrlAction: { url: 'https://a.example/', application: 'WEBVIEW' } })],
    ['a number that is none', action({ dialAction: { phoneNumber: '5550100' } })],
    ['a date that is none', action({ createCalendarEventAction: { startTime: 'soon', endTime: 'later', title: 'x' } })],
    ['an empty card', alone({})],
    ['a card without orientation', { richCard: { standaloneCard: { cardContent: card } } }],
    ['a horizontal card without alignment', alone(card, { cardOrientation: 'HORIZONTAL' })],
    ['a title of 201', alone({ title: 'x'.repeat(201) })],
    ['a description of 2001', alone({ description: 'x'.repeat(2001) })],
    ['5 buttons on a card', alone({ ...card, suggestions: Array.from({ length: 5 }, (_, i) => reply(`${i}`)) })],
    ['a carousel of one', row([card])],
    ['a carousel of 11', row(Array(11).fill(card))],
    ['a carousel without a width', { richCard: { carouselCard: { cardContents: [card, card] } } }],
    ['tall media in a carousel', row([tall, card])],
    ['media without a height', alone({ media: { contentInfo: { fileUrl: 'https://cdn.example.com/a.png' } } })],
    ['a time to live that is none', { text: 'x' }, { ttl: '1 day' }],
    ['two ends', { text: 'x' }, { ttl: '60s', expireTime: '2099-01-01T00:00:00Z' }],
    ['an end in the past', { text: 'x' }, { expireTime: '2020-01-01T00:00:00Z' }],
    ['a traffic type nobody knows', { text: 'x' }, { messageTrafficType: 'SPAM' }],
  ])('%s', async (_name, content, more) => {
    const answer = await send(content, more);
    expect(answer).toMatchObject({ status: 400, error: { code: 400, status: 'INVALID_ARGUMENT' } });
    expect(answer.error.message).not.toBe('');
  });

  it('and tall media on a single card is not', async () => {
    expect((await send(alone(tall))).status).toBe(200);
  });
});

describe('a person', () => {
  it('presses a chip, which goes with the next message', async () => {
    const id = randomUUID();
    const link = { action: { text: 'Shop', postbackData: 'shop', openUrlAction: { url: 'https://shop.example/' } } };
    await send({ text: 'Which?', suggestions: [reply('Blue', 'c:blue'), link] }, {}, id);
    await until(() => phone().messages[0]);
    expect(phone().messages[0]!.buttons).toMatchObject([
      [
        { id: 'chip:0', text: 'Blue', kind: 'reply', style: 'quick' },
        { id: 'chip:1', text: 'Shop', kind: 'link', url: 'https://shop.example/' },
      ],
    ]);
    act({ do: 'tap', messageId: id, buttonId: 'chip:1' });
    act({ do: 'tap', messageId: id, buttonId: 'chip:0' });
    await until(() => told().filter(({ suggestionResponse }) => suggestionResponse)[1]);
    expect(told().flatMap(({ suggestionResponse }) => suggestionResponse ?? [])).toEqual([
      { postbackData: 'shop', text: 'Shop', type: 'ACTION' },
      { postbackData: 'c:blue', text: 'Blue', type: 'REPLY' },
    ]);
    expect(() => act({ do: 'tap', messageId: id, buttonId: 'chip:0' })).toThrow('have gone');
    expect(() => act({ do: 'tap', messageId: id, buttonId: 'chip:9' })).toThrow('no button');
  });

  it('shares a place when asked: the press is told, and then the place', async () => {
    const id = randomUUID();
    const where = { action: { text: 'Where?', postbackData: 'loc', shareLocationAction: {} } };
    await send({ text: 'Where are you?', suggestions: [where] }, {}, id);
    await until(() => phone().messages[0]);
    act({ do: 'tap', messageId: id, buttonId: 'chip:0' });
    await until(() => told().find(({ location }) => location));
    const said = told().filter(({ messageId }) => String(messageId).startsWith('Mx'));
    expect(said).toMatchObject([{ suggestionResponse: { type: 'ACTION' } }, { location: { latitude: -23.55052 } }]);
  });

  it('sends files, whose links open without a token, and a card as a file', async () => {
    act({
      do: 'image',
      filename: 'cat.png',
      mimeType: 'image/png',
      base64: Buffer.from('PNG').toString('base64'),
      caption: 'Mine',
    });
    act({ do: 'contact' });
    await until(() => told()[2]);
    const [{ userFile }, { text }, card] = told();
    expect(userFile.payload).toMatchObject({ mimeType: 'image/png', fileSizeBytes: 3, fileName: 'cat.png' });
    expect(await (await fetch(userFile.payload.fileUri)).text()).toBe('PNG');
    expect(text).toBe('Mine');
    expect(card.userFile.payload.mimeType).toBe('text/vcard');
    expect((await fetch(`${lab.url}/rcs/media/0`)).status).toBe(404);
  });

  it('types, leaves and comes back, and opens the chat by a link', async () => {
    act({ do: 'typing', on: true });
    act({ do: 'unfollow' });
    act({ do: 'follow' });
    act({ do: 'start', payload: 'join 42' });
    await until(() => told()[3]);
    expect(told().map(({ eventType, text }) => eventType ?? text)).toEqual([
      'IS_TYPING',
      'UNSUBSCRIBE',
      'SUBSCRIBE',
      'join 42',
    ]);
  });

  it('who blocks the agent gets nothing, and nobody is told', async () => {
    act({ do: 'block' });
    expect((await send({ text: 'Hello?' })).status).toBe(200);
    await sleep(120);
    expect(phone().messages).toEqual([]);
    expect(told()).toEqual([]);
  });

  it('sees the agent type, and that it has read', async () => {
    const said = act({ do: 'text', text: 'Hello' });
    const event = (body: object, id: string = randomUUID()) =>
      rbm('POST', phonePath('agentEvents', `eventId=${id}`), body);
    expect(await event({ eventType: 'READ', messageId: said })).toMatchObject({ status: 200, eventType: 'READ' });
    expect(phone().messages[0]!.status).toBe('read');
    const id = randomUUID();
    expect((await event({ eventType: 'IS_TYPING' }, id)).status).toBe(200);
    expect(phone().typing).toBe(true);
    expect((await event({ eventType: 'IS_TYPING' }, id)).status).toBe(409);
    expect((await event({ eventType: 'WAVING' })).status).toBe(400);
    await send({ text: 'Here I am' });
    await until(() => phone().messages[1]);
    expect(phone().typing).toBe(false);
  });
});

describe('what a phone can show', () => {
  it('is told for one number, and for many', async () => {
    const ask = (number = ana) => rbm('GET', phonePath('capabilities', `requestId=${randomUUID()}`, number));
    expect((await ask()).features).toContain('RICHCARD_CAROUSEL');
    act({ do: 'device', reach: 'none' }, 'kofi');
    const kofi = lab.people.find(({ id }) => id === 'kofi')!.phone;
    expect((await ask(kofi)).status).toBe(404);
    expect(await rbm('POST', '/v1/users:batchGet', { users: [ana, kofi, '+4930123456'], agentId: agent })).toEqual({
      status: 200,
      reachableUsers: [ana],
      totalRandomSampleUserCount: 0,
      reachableRandomSampleUserCount: 0,
    });
    expect((await rbm('POST', '/v1/users:batchGet', { users: [], agentId: agent })).status).toBe(400);
  });
});

describe('on a bad day', () => {
  it('it is too much, or broken, or there is no answer though the work is done', async () => {
    lab.misbehave({ rcs: { rateLimit: 1, retryAfterSeconds: 3 } });
    expect(await send({ text: 'x' })).toMatchObject({
      status: 429,
      retryAfter: '3',
      error: { status: 'RESOURCE_EXHAUSTED' },
    });
    lab.misbehave({ rcs: { rateLimit: 0, serverError: 1 } });
    expect([500, 503]).toContain((await send({ text: 'x' })).status);
    lab.misbehave({ rcs: { serverError: 0, hang: 1 } });
    const path = phonePath('agentMessages', `messageId=${randomUUID()}`);
    const gone = fetch(`${lab.url}/rcs${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ contentMessage: { text: 'x' } }),
      signal: AbortSignal.timeout(300),
    });
    await expect(gone).rejects.toThrow();
    expect(phone().messages).toHaveLength(1);
  });

  it('receipts come late, early or never', async () => {
    lab.misbehave({ rcs: { noReceipts: true } });
    await send({ text: 'never' });
    await until(() => phone().messages[0]);
    lab.misbehave({ rcs: { noReceipts: false, lateReceiptMs: 150 } });
    await send({ text: 'late' });
    await until(() => phone().messages[1]);
    expect(told()).toEqual([]);
    await until(() => told()[0]);
    lab.misbehave({ rcs: { lateReceiptMs: 0, earlyReceipt: 1 } });
    platform.got.length = 0;
    await send({ text: 'early' });
    expect(told()).toMatchObject([{ eventType: 'DELIVERED' }]);
  });

  it('a crowd is written to and writes', async () => {
    lab.configure({ receipts: 'instant' });
    const report = await lab.load({ provider: 'rcs', account: agent, people: 5, messages: 2, wait: true });
    expect(report).toMatchObject({ sent: 10, acked: 10 });
  });
});
