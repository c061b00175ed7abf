import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Receiver, sleep, startReceiver } from '../../test/receiver.ts';
import type { Account } from '../control.ts';
import { type Simulator, startSimulator } from '../simulator.ts';

let lab: Simulator;
let platform: Receiver;
let bot: Account;
const ana = 700100201;

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
  bot = lab.account({
    provider: 'telegram',
    title: 'Acme Helper',
    credentials: { botToken: '7000000001:TEST-telegram-bot-token-not-real0001' },
  });
});

const url = (method: string, token = bot.credentials.botToken) => `${lab.url}/telegram/bot${token}/${method}`;
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
async function call(method: string, body?: unknown): Promise<any> {
  const answer = await fetch(url(method), {
    method: 'POST',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const json = await answer.json();
  if (!json.ok) expect(json.error_code).toBe(answer.status);
  return json;
}
const act = (deed: Parameters<Simulator['act']>[3], person = 'ana') =>
  lab.act('telegram', bot.account, person, deed) ?? '';
const phone = (person = 'ana') => lab.phone('telegram', bot.account, person);
const connect = () =>
  call('setWebhook', {
    url: platform.url,
    secret_token: 'tg-secret_1',
    allowed_updates: ['message', 'edited_message', 'callback_query', 'my_chat_member', 'message_reaction'],
  });
const update = (kind: string, count = 1) =>
  platform.wait(({ json }) => json?.[kind] !== undefined, count).then(({ json }) => json[kind]);

describe('a bot', () => {
  it('names itself, and is a stranger with another token', async () => {
    expect((await call('getMe')).result).toMatchObject({ id: 7000000001, is_bot: true, first_name: 'Acme Helper' });
    const stranger = await fetch(url('getMe', '7000000002:nobody'));
    expect([stranger.status, await stranger.json()]).toEqual([
      401,
      { ok: false, error_code: 401, description: 'Unauthorized' },
    ]);
    expect(await call('sendNothing')).toEqual({ ok: false, error_code: 404, description: 'Not Found' });
    expect((await call('banChatMember', {})).error_code).toBe(501);
  });
  it('comes into being by its token when that is asked for', async () => {
    lab.configure({ autoCreate: true });
    const answer = await fetch(url('getMe', '7000000003:made-up-on-the-first-request0001'));
    expect(await answer.json()).toMatchObject({ ok: true, result: { id: 7000000003 } });
  });
});

describe('sending', () => {
  it('answers with the message as Telegram shapes it', async () => {
    act({ do: 'text', text: 'hi' });
    const { result } = await call('sendMessage', { chat_id: ana, text: 'Your order <b>#1042</b>', parse_mode: 'HTML' });
    expect(result).toEqual({
      message_id: expect.any(Number),
      from: { id: 7000000001, is_bot: true, first_name: 'Acme Helper', username: 'lab_7000000001_bot' },
      chat: { id: ana, first_name: 'Ana', last_name: 'Prado', username: 'ana_prado_lab', type: 'private' },
      date: expect.any(Number),
      text: 'Your order #1042',
      entities: [{ type: 'bold', offset: 11, length: 5 }],
    });
    expect(phone().messages.at(-1)).toMatchObject({
      id: `${ana}:${result.message_id}`,
      from: 'business',
      text: 'Your order #1042',
      entities: [{ type: 'bold', offset: 11, length: 5 }],
    });
  });
  it('takes JSON, forms, multipart and the query alike', async () => {
    act({ do: 'text', text: 'hi' });
    const multipart = new FormData();
    multipart.set('chat_id', String(ana));
    multipart.set('text', 'two');
    const answers = await Promise.all([
      fetch(url('sendMessage'), {
        method: 'POST',
        body: new URLSearchParams({
          chat_id: String(ana),
          text: 'one',
          reply_markup: '{"remove_keyboard":true}',
          disable_notification: 'true',
        }),
      }),
      fetch(url('sendMessage'), { method: 'POST', body: multipart }),
      fetch(`${url('SENDMESSAGE')}?chat_id=${ana}&text=three`),
    ]);
    expect(await Promise.all(answers.map(async (answer) => (await answer.json()).result.text))).toEqual([
      'one',
      'two',
      'three',
    ]);
  });
  it('takes every recorded request', async () => {
    const first = act({ do: 'text', text: 'hi' });
    const file = lab.act('telegram', bot.account, 'ana', {
      do: 'image',
      filename: 'a.png',
      mimeType: 'image/png',
      base64: 'AAAA',
    });
    expect(file).toBeTruthy();
    const { result: sent } = await call('sendMessage', { chat_id: ana, text: 'first words' });
    act({ do: 'tap', messageId: await withButton(), buttonId: 'x' });
    for (const name of readdirSync(new URL('../../fixtures/telegram/', import.meta.url)).filter((one) =>
      one.startsWith('send-'),
    )) {
      const { request } = JSON.parse(readFileSync(new URL(`../../fixtures/telegram/${name}`, import.meta.url), 'utf8'));
      const method = request.url.split('/').at(-1);
      const body = { ...request.body };
      if (body.message_id) body.message_id = sent.message_id;
      if (body.reply_parameters) body.reply_parameters = { message_id: Number(first.split(':')[1]) };
      if (method === 'getFile' || method === 'answerCallbackQuery') continue;
      expect([name, await call(method, body)]).toEqual([name, expect.objectContaining({ ok: true })]);
    }
  });
  it('knows why it cannot', async () => {
    const say = (chat_id: unknown) => call('sendMessage', { chat_id, text: 'x' });
    expect((await say(999)).description).toBe('Bad Request: chat not found');
    expect((await say('@somebody')).description).toBe('Bad Request: chat not found');
    expect(await say(ana)).toMatchObject({
      error_code: 403,
      description: "Forbidden: bot can't initiate conversation with a user",
    });
    act({ do: 'text', text: 'hi' });
    act({ do: 'block' });
    expect(await say(ana)).toMatchObject({ error_code: 403, description: 'Forbidden: bot was blocked by the user' });
    act({ do: 'unblock' });
    expect(await say(ana)).toMatchObject({ ok: true });
  });
  it.each<[string, string, Record<string, unknown>, string]>([
    ['no text', 'sendMessage', { chat_id: ana }, 'message text is empty'],
    ['blank text', 'sendMessage', { chat_id: ana, text: ' \n' }, 'message text is empty'],
    ['no chat', 'sendMessage', { text: 'x' }, 'chat_id is empty'],
    ['text that is no string', 'sendMessage', { chat_id: ana, text: { a: 1 } }, 'field "text" must be of type String'],
    ['a text too long', 'sendMessage', { chat_id: ana, text: 'x'.repeat(4097) }, 'message is too long'],
    [
      'bad markup',
      'sendMessage',
      { chat_id: ana, text: '<b>x', parse_mode: 'HTML' },
      'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"',
    ],
    [
      'an unknown parse mode',
      'sendMessage',
      { chat_id: ana, text: 'x', parse_mode: 'BBCode' },
      'unsupported parse_mode',
    ],
    [
      'a flag that is none',
      'sendMessage',
      { chat_id: ana, text: 'x', protect_content: 'perhaps' },
      'field "protect_content" must be of type Boolean',
    ],
    [
      'a reply to nothing',
      'sendMessage',
      { chat_id: ana, text: 'x', reply_parameters: { message_id: 1 } },
      'message to be replied not found',
    ],
    [
      'a keyboard that is none',
      'sendMessage',
      { chat_id: ana, text: 'x', reply_markup: 'buttons' },
      "can't parse reply keyboard markup JSON object",
    ],
    [
      'callback data of 65 bytes',
      'sendMessage',
      {
        chat_id: ana,
        text: 'x',
        reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: `${'x'.repeat(63)}é` }]] },
      },
      'BUTTON_DATA_INVALID',
    ],
    [
      'empty callback data',
      'sendMessage',
      { chat_id: ana, text: 'x', reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: '' }]] } },
      'BUTTON_DATA_INVALID',
    ],
    [
      'a button that does nothing',
      'sendMessage',
      { chat_id: ana, text: 'x', reply_markup: { inline_keyboard: [[{ text: 'a' }]] } },
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ],
    [
      'a button that does two things',
      'sendMessage',
      {
        chat_id: ana,
        text: 'x',
        reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'b', url: 'https://a.example' }]] },
      },
      "can't parse inline keyboard button: Exactly one action must be used, found callback_data, url",
    ],
    [
      'a button without text',
      'sendMessage',
      { chat_id: ana, text: 'x', reply_markup: { inline_keyboard: [[{ callback_data: 'b' }]] } },
      'can\'t parse reply_markup.inline_keyboard[0][0]: Can\'t find field "text"',
    ],
    [
      'a link to nowhere',
      'sendMessage',
      { chat_id: ana, text: 'x', reply_markup: { inline_keyboard: [[{ text: 'a', url: 'http://localhost/' }]] } },
      "inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
    ],
    [
      'a hundred and one buttons',
      'sendMessage',
      {
        chat_id: ana,
        text: 'x',
        reply_markup: { inline_keyboard: Array.from({ length: 101 }, () => [{ text: 'a', callback_data: 'b' }]) },
      },
      'REPLY_MARKUP_TOO_LONG',
    ],
    ['no photo', 'sendPhoto', { chat_id: ana }, 'there is no photo in the request'],
    [
      'a photo that is no file',
      'sendPhoto',
      { chat_id: ana, photo: 'nonsense' },
      'wrong file identifier/HTTP URL specified',
    ],
    [
      'a caption too long',
      'sendPhoto',
      { chat_id: ana, photo: 'https://cdn.example.com/a.jpg', caption: 'x'.repeat(1025) },
      'message caption is too long',
    ],
    [
      'an album of one',
      'sendMediaGroup',
      { chat_id: ana, media: [{ type: 'photo', media: 'https://cdn.example.com/a.jpg' }] },
      'an album must have at least 2 items',
    ],
    [
      'an album of unlike things',
      'sendMediaGroup',
      {
        chat_id: ana,
        media: [
          { type: 'photo', media: 'https://cdn.example.com/a.jpg' },
          { type: 'document', media: 'https://cdn.example.com/a.pdf' },
        ],
      },
      "Document can't be mixed with other media types",
    ],
    [
      'a place that is none',
      'sendLocation',
      { chat_id: ana, latitude: 91, longitude: 0 },
      'wrong latitude or longitude specified',
    ],
    ['a missing coordinate', 'sendLocation', { chat_id: ana, latitude: 1 }, 'parameter "longitude" is required'],
    ['an unknown action', 'sendChatAction', { chat_id: ana, action: 'dancing' }, 'wrong parameter action in request'],
    [
      'an unknown query',
      'answerCallbackQuery',
      { callback_query_id: '1' },
      'query is too old and response timeout expired or query ID is invalid',
    ],
    ['an unknown file', 'getFile', { file_id: 'x' }, 'invalid file_id'],
    [
      'a webhook without TLS',
      'setWebhook',
      { url: 'http://hooks.example.com/' },
      'bad webhook: An HTTPS URL must be provided for webhook',
    ],
    [
      'a webhook on another port',
      'setWebhook',
      { url: 'https://hooks.example.com:444/' },
      'bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443',
    ],
    [
      'a secret with spaces',
      'setWebhook',
      { url: 'https://hooks.example.com/', secret_token: 'a b' },
      'secret token contains unallowed characters',
    ],
  ])('refuses %s', async (_what, method, body, sentence) => {
    act({ do: 'text', text: 'hi' });
    expect(await call(method, body)).toEqual({ ok: false, error_code: 400, description: `Bad Request: ${sentence}` });
  });
  it('counts a text after its markup is gone, by characters', async () => {
    act({ do: 'text', text: 'hi' });
    expect(
      await call('sendMessage', { chat_id: ana, text: `<b>${'🏟'.repeat(4096)}</b>`, parse_mode: 'HTML' }),
    ).toMatchObject({ ok: true });
  });
  it('keeps the limits when told to, and says how long to wait', async () => {
    lab.configure({ limits: true });
    act({ do: 'text', text: 'hi' });
    const answers = [];
    for (let n = 0; n < 7; n++) answers.push(await call('sendMessage', { chat_id: ana, text: `${n}` }));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(5);
    expect(answers.at(-1)).toEqual({
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 1',
      parameters: { retry_after: 1 },
    });
  });
});

async function withButton(): Promise<string> {
  const { result } = await call('sendMessage', {
    chat_id: ana,
    text: 'press',
    reply_markup: { inline_keyboard: [[{ text: 'X', callback_data: 'x' }]] },
  });
  return `${ana}:${result.message_id}`;
}

describe('files', () => {
  it('go up, come back by getFile, and are sent again by id', async () => {
    act({ do: 'text', text: 'hi' });
    const form = new FormData();
    form.set('chat_id', String(ana));
    form.set('document', new Blob(['%PDF-1.4'], { type: 'application/pdf' }), 'invoice.pdf');
    const { result } = await (await fetch(url('sendDocument'), { method: 'POST', body: form })).json();
    expect(result.document).toMatchObject({ file_name: 'invoice.pdf', mime_type: 'application/pdf', file_size: 8 });
    const { result: file } = await call('getFile', { file_id: result.document.file_id });
    const bytes = await fetch(`${lab.url}/telegram/file/bot${bot.credentials.botToken}/${file.file_path}`);
    expect(await bytes.text()).toBe('%PDF-1.4');
    expect((await fetch(`${lab.url}/telegram/file/bot1:x/${file.file_path}`)).status).toBe(401);
    expect(await call('sendDocument', { chat_id: ana, document: result.document.file_id })).toMatchObject({ ok: true });
    expect(await (await fetch(lab.url + phone().messages.at(-1)!.mediaUrl)).text()).toBe('%PDF-1.4');
  });
  it('are fetched from this machine, and a bad link fails the send', async () => {
    act({ do: 'text', text: 'hi' });
    platform.answer = () => ({ status: 404 });
    expect(await call('sendPhoto', { chat_id: ana, photo: `${platform.url}/a.png` })).toEqual({
      ok: false,
      error_code: 400,
      description: 'Bad Request: failed to get HTTP URL content',
    });
  });
  it('give everybody a face', async () => {
    const { result } = await call('getUserProfilePhotos', { user_id: ana });
    const { result: file } = await call('getFile', { file_id: result.photos[0].at(-1).file_id });
    const png = Buffer.from(
      await (await fetch(`${lab.url}/telegram/file/bot${bot.credentials.botToken}/${file.file_path}`)).arrayBuffer(),
    );
    expect([png.readUInt32BE(0), png.readUInt32BE(16)]).toEqual([0x89504e47, 160]);
  });
});

describe('changes', () => {
  it('edit, and refuse an edit that changes nothing', async () => {
    act({ do: 'text', text: 'hi' });
    const id = await withButton();
    const target = { chat_id: ana, message_id: Number(id.split(':')[1]) };
    expect((await call('editMessageText', { ...target, text: 'pressed' })).result).toMatchObject({
      text: 'pressed',
      edit_date: expect.any(Number),
    });
    expect(phone().messages.at(-1)).toMatchObject({ text: 'pressed', edited: true });
    expect(phone().messages.at(-1)!.buttons).toBeUndefined();
    expect((await call('editMessageText', { ...target, text: 'pressed' })).description).toMatch(
      /^Bad Request: message is not modified: /,
    );
    expect((await call('editMessageText', { chat_id: ana, message_id: 1, text: 'x' })).description).toBe(
      'Bad Request: message to edit not found',
    );
    expect(
      await call('editMessageReplyMarkup', {
        ...target,
        reply_markup: { inline_keyboard: [[{ text: 'Y', callback_data: 'y' }]] },
      }),
    ).toMatchObject({ ok: true });
    expect(phone().messages.at(-1)).toMatchObject({ text: 'pressed', buttons: [[{ id: 'y' }]] });
  });
  it('delete and react', async () => {
    const said = act({ do: 'text', text: 'hi' });
    const target = { chat_id: ana, message_id: Number(said.split(':')[1]) };
    expect(await call('setMessageReaction', { ...target, reaction: [{ type: 'emoji', emoji: '👍' }] })).toMatchObject({
      ok: true,
    });
    expect(phone().messages[0]!.reactions).toEqual(['👍']);
    expect(
      (await call('setMessageReaction', { ...target, reaction: [{ type: 'emoji', emoji: '🦖' }] })).description,
    ).toBe('Bad Request: REACTION_INVALID');
    expect(await call('deleteMessage', target)).toMatchObject({ ok: true });
    expect(phone().messages[0]).toMatchObject({ deleted: true });
    expect((await call('deleteMessage', target)).description).toBe('Bad Request: message to delete not found');
  });
});

describe('the webhook', () => {
  it('brings what a person does, in Telegram’s shapes, with the secret', async () => {
    expect(await connect()).toEqual({ ok: true, result: true, description: 'Webhook was set' });
    act({ do: 'text', text: '/start lnk_1' });
    const first = await platform.wait();
    expect(first.headers['x-telegram-bot-api-secret-token']).toBe('tg-secret_1');
    expect(first.json).toEqual({
      update_id: expect.any(Number),
      message: {
        message_id: expect.any(Number),
        from: {
          id: ana,
          is_bot: false,
          first_name: 'Ana',
          last_name: 'Prado',
          username: 'ana_prado_lab',
          language_code: 'pt-br',
        },
        chat: { id: ana, first_name: 'Ana', last_name: 'Prado', username: 'ana_prado_lab', type: 'private' },
        date: expect.any(Number),
        text: '/start lnk_1',
        entities: [{ offset: 0, length: 6, type: 'bot_command' }],
      },
    });
    act({ do: 'tap', messageId: await withButton(), buttonId: 'x' });
    const query = await update('callback_query');
    expect(query).toMatchObject({
      data: 'x',
      from: { id: ana },
      message: { text: 'press', reply_markup: { inline_keyboard: [[{ text: 'X', callback_data: 'x' }]] } },
    });
    expect(await call('answerCallbackQuery', { callback_query_id: query.id, text: 'Well pressed' })).toMatchObject({
      ok: true,
    });
    expect(lab.events()).toContainEqual(
      expect.objectContaining({ type: 'phone', change: 'notice', text: 'Well pressed' }),
    );
    act({ do: 'edit', messageId: act({ do: 'text', text: 'helo' }), text: 'hello' });
    expect(await update('edited_message')).toMatchObject({ text: 'hello', edit_date: expect.any(Number) });
    act({ do: 'react', messageId: query.message.message_id.toString(), emoji: '👍' });
    expect(await update('message_reaction')).toMatchObject({
      old_reaction: [],
      new_reaction: [{ type: 'emoji', emoji: '👍' }],
    });
    act({ do: 'block' });
    expect(await update('my_chat_member')).toMatchObject({ new_chat_member: { status: 'kicked' } });
  });
  it('brings pictures, voices, places and contacts', async () => {
    await connect();
    const base64 = Buffer.from('bytes').toString('base64');
    act({ do: 'image', filename: 'box.jpg', mimeType: 'image/jpeg', base64, caption: 'The box' });
    act({ do: 'audio', filename: 'v.ogg', mimeType: 'audio/ogg', base64 });
    act({ do: 'document', filename: 'a.pdf', mimeType: 'application/pdf', base64 });
    act({ do: 'location', latitude: 1, longitude: 2, name: 'Here' });
    act({ do: 'sticker', emoji: '👋' });
    act({ do: 'contact' });
    await platform.wait(undefined, 6);
    const [photo, voice, document, venue, sticker, contact] = platform.got.map(({ json }) => json.message);
    expect(photo).toMatchObject({
      caption: 'The box',
      photo: [{ width: 90 }, { width: 800, height: 600, file_size: 5 }],
    });
    expect(voice.voice).toMatchObject({ mime_type: 'audio/ogg' });
    expect(document.document).toMatchObject({ file_name: 'a.pdf' });
    expect(venue).toMatchObject({ venue: { title: 'Here', location: { latitude: 1 } }, location: { longitude: 2 } });
    expect(sticker.sticker).toMatchObject({ emoji: '👋' });
    expect(contact.contact).toEqual({
      phone_number: '+12025550142',
      first_name: 'Ana',
      last_name: 'Prado',
      user_id: ana,
    });
  });
  it('asks with a keyboard and hears the words, the number, the place', async () => {
    await connect();
    act({ do: 'text', text: 'hi' });
    const { result } = await call('sendMessage', {
      chat_id: ana,
      text: 'Pick',
      reply_markup: {
        keyboard: [
          ['Yes', { text: 'My number', request_contact: true }],
          [{ text: 'My place', request_location: true }],
        ],
      },
    });
    const messageId = `${ana}:${result.message_id}`;
    expect(phone().keyboard).toMatchObject({ messageId });
    for (const buttonId of ['Yes', 'My number', 'My place']) act({ do: 'tap', messageId, buttonId });
    await platform.wait(undefined, 4);
    expect(platform.got.slice(1).map(({ json }) => json.message)).toMatchObject([
      { text: 'Yes' },
      { contact: { user_id: ana } },
      { location: { latitude: -23.55052 } },
    ]);
    await call('sendMessage', { chat_id: ana, text: 'Thanks', reply_markup: { remove_keyboard: true } });
    expect(phone().keyboard).toBeUndefined();
  });
  it('tries again with growing pauses, keeps a chat in order, and holds up nobody else', async () => {
    await connect();
    platform.answer = ({ json }) => ({ status: json.message.text === 'one' && platform.got.length < 5 ? 500 : 200 });
    const one = act({ do: 'text', text: 'one' });
    act({ do: 'text', text: 'two' });
    act({ do: 'text', text: 'meanwhile' }, 'kofi');
    await platform.wait(({ json }) => json.message.text === 'two');
    const texts = platform.got.map(({ json }) => json.message.text);
    expect(texts.indexOf('meanwhile')).toBeLessThan(3);
    expect(texts.filter((text) => text === 'one').length).toBeGreaterThan(2);
    expect(texts.lastIndexOf('one')).toBeLessThan(texts.indexOf('two'));
    const tries = platform.got.filter(({ json }) => json.message.text === 'one');
    expect(new Set(tries.map(({ json }) => json.update_id)).size).toBe(1);
    const pauses = tries.slice(1).map(({ at }, index) => at - tries[index]!.at);
    expect(pauses[1]!).toBeGreaterThan(pauses[0]!);
    expect((await call('getWebhookInfo')).result).toMatchObject({
      pending_update_count: 0,
      last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
    });
    expect(phone().messages.find(({ id }) => id === one)).toMatchObject({ status: 'accepted' });
  });
  it('keeps what nobody hears until a webhook is set, and forgets it when told to', async () => {
    act({ do: 'text', text: 'early' });
    expect((await call('getWebhookInfo')).result).toMatchObject({ url: '', pending_update_count: 1 });
    expect((await call('getUpdates')).result).toMatchObject([{ message: { text: 'early' } }]);
    await connect();
    await platform.wait();
    expect((await call('getUpdates')).error_code).toBe(409);
    expect(await call('deleteWebhook', { drop_pending_updates: true })).toMatchObject({
      description: 'Webhook was deleted',
    });
    act({ do: 'text', text: 'late' });
    await sleep(30);
    expect(platform.got).toHaveLength(1);
    await call('setWebhook', { url: platform.url, drop_pending_updates: true });
    await sleep(30);
    expect(platform.got).toHaveLength(1);
  });
  it('carries out a call that the answer holds', async () => {
    await connect();
    platform.answer = () => ({
      status: 200,
      body: JSON.stringify({ method: 'sendMessage', chat_id: ana, text: 'from the answer' }),
    });
    act({ do: 'text', text: 'hi' });
    await platform.wait();
    for (let n = 0; n < 50 && phone().messages.length < 2; n++) await sleep(5);
    expect(phone().messages.at(-1)).toMatchObject({ from: 'business', text: 'from the answer' });
  });
  it('writes what is beyond ASCII in escapes', async () => {
    await connect();
    act({ do: 'text', text: 'Olá 🙂' });
    const { raw, json } = await platform.wait();
    expect(raw.toString('latin1')).toContain('Ol\\u00e1 \\ud83d\\ude42');
    expect(json.message.text).toBe('Olá 🙂');
  });
});
