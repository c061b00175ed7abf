import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Receiver, sleep, startReceiver } from '../../test/receiver.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import { drawMarkup } from './markup.ts';

let lab: Simulator;
let platform: Receiver;
const waba = '102290000000001';
const number = '106540000000001';
const ana = '+12025550142';

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
  lab.account({
    provider: 'whatsapp',
    title: 'Acme Demo',
    account: number,
    credentials: {
      businessAccountId: waba,
      appSecret: 'test-whatsapp-app-secret-0001',
      accessToken: 'EAA-test',
      displayPhoneNumber: '15550100001',
    },
    webhookUrl: platform.url,
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
async function graph(method: string, path: string, body?: unknown, token = 'EAA-test'): Promise<any> {
  const answer = await fetch(`${lab.url}/meta/v26.0/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, ...(await answer.json()) };
}
const send = (type: string, content: unknown, more: Record<string, unknown> = {}) =>
  graph('POST', `${number}/messages`, {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: ana,
    type,
    [type]: content,
    ...more,
  });
const act = (deed: Parameters<Simulator['act']>[3], person = 'ana') => lab.act('whatsapp', number, person, deed) ?? '';
const phone = (person = 'ana') => lab.phone('whatsapp', number, person);
// biome-ignore lint/suspicious/noExplicitAny: as above.
type Any = any;
const changes = (): Any[] =>
  platform.got.flatMap(({ json }) => json?.entry?.flatMap((entry: Any) => entry.changes) ?? []);
const statuses = (): Any[] => changes().flatMap(({ value }) => value.statuses ?? []);
const messages = (): Any[] => changes().flatMap(({ value }) => value.messages ?? []);
async function until<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = look();
    if (found) return found;
    await sleep(5);
  }
  throw new Error(`waited in vain; got ${JSON.stringify(changes())}`);
}
const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/whatsapp/${name}`, import.meta.url), 'utf8'));

describe('the token', () => {
  it('opens what it belongs to and nothing else', async () => {
    expect(
      await graph('GET', `${number}?fields=display_phone_number,verified_name,quality_rating,throughput,status`),
    ).toEqual({
      status: 'CONNECTED',
      display_phone_number: '+15550100001',
      verified_name: 'Acme Demo',
      quality_rating: 'GREEN',
      throughput: { level: 'STANDARD' },
      id: number,
    });
    expect(await graph('GET', number, undefined, 'EAA-wrong')).toMatchObject({
      status: 401,
      error: { code: 190, type: 'OAuthException' },
    });
    expect((await fetch(`${lab.url}/meta/v26.0/${number}`)).status).toBe(401);
    expect(await graph('GET', '999')).toMatchObject({ status: 400, error: { code: 100, error_subcode: 33 } });
    lab.account({ provider: 'whatsapp', account: '106540000000002', credentials: { accessToken: 'EAA-other' } });
    expect(await graph('POST', '106540000000002/messages', {})).toMatchObject({
      error: { code: 100, error_subcode: 33 },
    });
  });
});

describe('the callback', () => {
  const subscribe = (verify_token = 'right') =>
    graph('POST', `${waba}/subscribed_apps`, { override_callback_uri: platform.url, verify_token });
  it('is taken only after it has sent the challenge back exactly', async () => {
    platform.answer = ({ url }) => {
      const query = new URL(url, 'http://x').searchParams;
      return query.get('hub.verify_token') === 'right' && query.get('hub.mode') === 'subscribe'
        ? { status: 200, body: query.get('hub.challenge') ?? '' }
        : { status: 403 };
    };
    expect(await subscribe('wrong')).toMatchObject({
      status: 400,
      error: { code: 2200, message: expect.stringContaining('HTTP Status Code = 403') },
    });
    expect(await subscribe()).toEqual({ status: 200, success: true });
    expect((await graph('GET', `${waba}/subscribed_apps`)).data[0].override_callback_uri).toBe(platform.url);
    platform.answer = () => ({ status: 200, body: '"1"' });
    expect((await subscribe()).error.message).toContain('does not match challenge');
    expect(
      await graph('POST', `${waba}/subscribed_apps`, {
        override_callback_uri: 'http://hooks.example.com/',
        verify_token: 'x',
      }),
    ).toMatchObject({ error: { code: 100 } });
  });
  it('is signed over its exact bytes, escaped as Meta escapes', async () => {
    act({ do: 'text', text: 'Córdoba / 🙂' });
    const { raw, headers, json } = await platform.wait();
    const expected = createHmac('sha256', 'test-whatsapp-app-secret-0001').update(raw).digest('hex');
    expect(headers['x-hub-signature-256']).toBe(`sha256=${expected}`);
    expect(raw.toString('latin1')).toContain('C\\u00f3rdoba \\/ \\ud83d\\ude42');
    expect(json).toEqual({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: waba,
          changes: [
            {
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '15550100001', phone_number_id: number },
                contacts: [
                  { profile: { name: 'Ana Prado' }, wa_id: '12025550142', user_id: expect.stringMatching(/^US\./) },
                ],
                messages: [
                  {
                    from: '12025550142',
                    from_user_id: expect.stringMatching(/^US\./),
                    id: expect.stringMatching(/^wamid\.HBg/),
                    timestamp: expect.stringMatching(/^\d{10}$/),
                    type: 'text',
                    text: { body: 'Córdoba / 🙂' },
                  },
                ],
              },
              field: 'messages',
            },
          ],
        },
      ],
    });
  });
  it('gathers what comes while one body is on its way', async () => {
    platform.answer = () => ({ status: 200, afterMs: 40 });
    for (const person of ['ana', 'kofi', 'lea', 'yuki']) act({ do: 'text', text: person }, person);
    await until(() => messages().length === 4);
    expect(platform.got).toHaveLength(2);
    expect(messages().map(({ text }) => text.body)).toEqual(['ana', 'kofi', 'lea', 'yuki']);
    expect(platform.got[1]!.json.entry[0].changes[0].value.contacts).toHaveLength(3);
  });
  it('is tried again with the same bytes until it answers 200', async () => {
    platform.answer = () => ({ status: platform.got.length < 4 ? 500 : 200 });
    const id = act({ do: 'text', text: 'one' });
    act({ do: 'text', text: 'two' });
    await until(() => messages().find(({ text }) => text.body === 'two'));
    const [first, ...again] = platform.got.filter(
      ({ json }) => json.entry[0].changes[0].value.messages[0].text.body === 'one',
    );
    expect(again).toHaveLength(3);
    for (const { raw } of again) expect(raw.equals(first!.raw)).toBe(true);
    expect(messages().map(({ text }) => text.body)).toEqual(['one', 'one', 'one', 'one', 'two']);
    expect(phone().messages.find((message) => message.id === id)!.status).toBe('accepted');
  });
  it('serves several numbers of one app in one body', async () => {
    lab.account({
      provider: 'whatsapp',
      account: '106540000000009',
      credentials: { businessAccountId: '102290000000009', appSecret: 'test-whatsapp-app-secret-0001' },
      webhookUrl: platform.url,
    });
    platform.answer = () => ({ status: 200, afterMs: 20 });
    act({ do: 'text', text: 'first' });
    act({ do: 'text', text: 'a' });
    lab.act('whatsapp', '106540000000009', 'ana', { do: 'text', text: 'b' });
    await until(() => messages().length === 3);
    expect(platform.got[1]!.json.entry.map(({ id }: Any) => id)).toEqual([waba, '102290000000009']);
  });
  it('hides the number of whoever hides it', async () => {
    act({ do: 'text', text: 'hi' }, 'layla');
    const { value } = await until(() => changes()[0]);
    expect(value.contacts[0]).toEqual({
      profile: { name: 'ليلى حداد', username: 'layla.haddad' },
      user_id: expect.any(String),
    });
    expect(value.messages[0].from).toBeUndefined();
    const answer = await graph('POST', `${number}/messages`, {
      messaging_product: 'whatsapp',
      recipient: value.messages[0].from_user_id,
      type: 'text',
      text: { body: 'hi' },
    });
    expect(answer.contacts).toEqual([
      { input: value.messages[0].from_user_id, user_id: value.messages[0].from_user_id },
    ]);
    expect(phone('layla').messages.at(-1)).toMatchObject({ from: 'business', text: 'hi' });
  });
});

describe('receipts', () => {
  it('come as sent, delivered, and read only when the chat is opened', async () => {
    act({ do: 'text', text: 'hi' });
    const answer = await send('text', { body: 'Hello' }, { biz_opaque_callback_data: 'dlv_0001.0' });
    expect(answer).toEqual({
      status: 200,
      messaging_product: 'whatsapp',
      contacts: [{ input: ana, wa_id: '12025550142' }],
      messages: [{ id: expect.stringMatching(/^wamid\./) }],
    });
    await until(() => statuses().length === 2);
    await sleep(30);
    expect(statuses().map(({ status }) => status)).toEqual(['sent', 'delivered']);
    expect(statuses()[0]).toEqual({
      id: answer.messages[0].id,
      status: 'sent',
      timestamp: expect.stringMatching(/^\d{10}$/),
      recipient_id: '12025550142',
      recipient_user_id: expect.any(String),
      biz_opaque_callback_data: 'dlv_0001.0',
      pricing: { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' },
    });
    act({ do: 'read' });
    await until(() => statuses().find(({ status }) => status === 'read'));
    expect(phone().messages.at(-1)!.status).toBe('read');
  });
  it('come by themselves when the person is always looking, in order', async () => {
    lab.configure({ autoReadMs: 0, receipts: 'instant' });
    act({ do: 'text', text: 'hi' });
    await send('text', { body: 'Hello' });
    await until(() => statuses().length === 3);
    expect(statuses().map(({ status }) => status)).toEqual(['sent', 'delivered', 'read']);
  });
  it('tell of failures: nobody there, blocked, a link that leads nowhere', async () => {
    act({ do: 'text', text: 'hi' });
    platform.answer = ({ method }) => ({ status: method === 'GET' ? 404 : 200 });
    await graph('POST', `${number}/messages`, {
      messaging_product: 'whatsapp',
      to: '+15550000000',
      type: 'text',
      text: { body: 'x' },
    });
    await send('image', { link: `${platform.url}/gone.png` });
    act({ do: 'block' });
    await send('text', { body: 'x' });
    await until(() => statuses().length === 3);
    expect(
      statuses()
        .map(({ status, errors }) => [status, errors[0].code])
        .sort(),
    ).toEqual([
      ['failed', 131026],
      ['failed', 131026],
      ['failed', 131053],
    ]);
    const recorded = fixture('status-failed-undeliverable.json').entry[0].changes[0].value.statuses[0].errors[0];
    expect(statuses().find(({ errors }) => errors[0].code === 131026).errors[0]).toEqual(recorded);
  });
});

describe('sending', () => {
  it('takes every recorded request', async () => {
    const heard = act({ do: 'text', text: 'hi' });
    const upload = async (type: string) => {
      const form = new FormData();
      form.set('messaging_product', 'whatsapp');
      form.set('type', type);
      form.set('file', new Blob(['x'], { type }), 'file');
      return (
        await (
          await fetch(`${lab.url}/meta/v26.0/${number}/media`, {
            method: 'POST',
            headers: { authorization: 'Bearer EAA-test' },
            body: form,
          })
        ).json()
      ).id;
    };
    const media = await upload('image/png');
    for (const name of readdirSync(new URL('../../fixtures/whatsapp/', import.meta.url)).filter((one) =>
      one.startsWith('send-'),
    )) {
      const { request } = fixture(name);
      if (!request.url.endsWith('/messages')) continue;
      const text = JSON.stringify(request.body)
        .replaceAll('+15550199001', ana)
        .replace(/wamid\.[A-Za-z0-9+/=]+/, heard)
        .replace(/"id":"10375\d+"/g, `"id":"${media}"`)
        .replace(/US\.\d+/, lab.people[0]!.whatsapp.userId);
      const answer = await graph('POST', `${number}/messages`, JSON.parse(text));
      if (name === 'send-template-carousel.json') expect(answer.error.code).toBe(132001);
      else expect([name, answer]).toEqual([name, expect.objectContaining({ status: 200 })]);
    }
    expect(phone().messages.map(({ kind }) => kind)).toContain('list');
  });
  it.each<[string, string, unknown, number, string]>([
    [
      'a long text',
      'text',
      { body: 'x'.repeat(4097) },
      100,
      'Param text["body"] must be at most 4096 characters long.',
    ],
    ['no text', 'text', {}, 131008, 'Parameter \'text["body"]\' is mandatory'],
    [
      'a caption on audio',
      'audio',
      { link: 'https://a.example/a.mp3', caption: 'x' },
      100,
      'Unexpected key "caption" on param "audio".',
    ],
    ['media from nowhere', 'image', {}, 131008, "Exactly one of 'image.id' and 'image.link' is mandatory"],
    [
      'media nobody uploaded',
      'image',
      { id: '1' },
      131009,
      'Param image["id"] is not a valid whatsapp business account media attachment ID',
    ],
    [
      'a long button',
      'interactive',
      {
        type: 'button',
        body: { text: 'x' },
        action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'x'.repeat(21) } }] },
      },
      131009,
      'Button title length invalid. Min length: 1, Max length: 20',
    ],
    [
      'four buttons',
      'interactive',
      {
        type: 'button',
        body: { text: 'x' },
        action: { buttons: ['a', 'b', 'c', 'd'].map((id) => ({ type: 'reply', reply: { id, title: id } })) },
      },
      131009,
      'Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3',
    ],
    [
      'the same title twice',
      'interactive',
      {
        type: 'button',
        body: { text: 'x' },
        action: { buttons: ['a', 'b'].map((id) => ({ type: 'reply', reply: { id, title: 'x' } })) },
      },
      131009,
      'Duplicated button titles',
    ],
    [
      'a long body',
      'interactive',
      {
        type: 'button',
        body: { text: 'x'.repeat(1025) },
        action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'a' } }] },
      },
      100,
      'Param interactive["body"]["text"] must be at most 1024 characters long.',
    ],
    [
      'eleven rows',
      'interactive',
      {
        type: 'list',
        body: { text: 'x' },
        action: {
          button: 'x',
          sections: [0, 1].map((s) => ({
            title: `${s}`,
            rows: Array.from({ length: 6 }, (_, r) => ({ id: `${s}${r}`, title: 'x' })),
          })),
        },
      },
      131009,
      'Total row count exceed max allowed count: 10. Found: 12',
    ],
    [
      'sections without titles',
      'interactive',
      {
        type: 'list',
        body: { text: 'x' },
        action: { button: 'x', sections: [0, 1].map((s) => ({ rows: [{ id: `${s}`, title: 'x' }] })) },
      },
      131009,
      'Section title length invalid. Min length: 1, Max length: 24',
    ],
    [
      'a picture over a list',
      'interactive',
      {
        type: 'list',
        header: { type: 'image', image: { link: 'https://a.example/a.png' } },
        body: { text: 'x' },
        action: { button: 'x', sections: [{ rows: [{ id: 'a', title: 'x' }] }] },
      },
      131009,
      'Header type of a list must be text',
    ],
    [
      'a carousel of one',
      'interactive',
      { type: 'carousel', body: { text: 'x' }, action: { cards: [{}] } },
      131009,
      'Invalid cards count. Min allowed cards: 2, Max allowed cards: 10',
    ],
    [
      'a reaction that is a word',
      'reaction',
      { message_id: 'wamid.x', emoji: 'ok' },
      131009,
      'Reaction emoji is not a valid emoji',
    ],
    [
      'an unknown template',
      'template',
      { name: 'nope', language: { code: 'en_US' } },
      132001,
      'template name (nope) does not exist in en_US',
    ],
    [
      'a template with too few words',
      'template',
      {
        name: 'order_update',
        language: { code: 'en_US' },
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
      },
      132000,
      'body: number of localizable_params (1) does not match the expected number of params (2)',
    ],
  ])('refuses %s', async (_what, type, content, code, details) => {
    act({ do: 'text', text: 'hi' });
    expect((await send(type, content)).error).toMatchObject({
      code,
      type: 'OAuthException',
      error_data: { messaging_product: 'whatsapp', details },
    });
  });
  it('refuses what is no WhatsApp message at all', async () => {
    expect((await graph('POST', `${number}/messages`, { to: ana })).error.message).toBe(
      '(#100) The parameter messaging_product is required.',
    );
    expect(
      (await graph('POST', `${number}/messages`, { messaging_product: 'whatsapp', type: 'text', text: { body: 'x' } }))
        .error.message,
    ).toBe('(#100) The parameter to is required.');
    expect((await send('hologram', {})).error.message).toMatch(/^\(#100\) Param type must be one of \{AUDIO, /);
  });
  it('keeps the window, in the answer or by a status, but not for templates', async () => {
    expect(await send('text', { body: 'x' })).toMatchObject({
      status: 400,
      error: { code: 131047, message: '(#131047) Re-engagement message' },
    });
    act({ do: 'text', text: 'hi' });
    expect(await send('text', { body: 'x' })).toMatchObject({ status: 200 });
    act({ do: 'elapse', hours: 25 });
    expect(await send('text', { body: 'x' })).toMatchObject({ error: { code: 131047 } });
    expect(await send('template', { name: 'hello_world', language: { code: 'en_US' } })).toMatchObject({
      status: 200,
      messages: [{ message_status: 'accepted' }],
    });
    lab.configure({ window: 'fail' });
    expect(await send('text', { body: 'x' })).toMatchObject({ status: 200 });
    await until(() => statuses().find(({ errors }) => errors?.[0].code === 131047));
    lab.configure({ window: 'off' });
    expect(await send('text', { body: 'x' })).toMatchObject({ status: 200 });
  });
  it('keeps the pair rate when told to', async () => {
    lab.configure({ limits: true });
    act({ do: 'text', text: 'hi' });
    const answers = await Promise.all(Array.from({ length: 46 }, (_, n) => send('text', { body: `${n}` })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(45);
    expect(answers.find(({ status }) => status !== 200).error.code).toBe(131056);
  });
});

describe('the person', () => {
  it('taps, chooses, reacts, shares and sends, in Meta’s shapes', async () => {
    act({ do: 'text', text: 'hi' });
    const said = await send('interactive', {
      type: 'button',
      body: { text: 'Which?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'order:1042:confirm', title: 'Confirm' } }] },
    });
    const buttons = said.messages[0].id;
    const list = (
      await send('interactive', {
        type: 'list',
        body: { text: 'Which?' },
        action: {
          button: 'Options',
          sections: [
            {
              title: 'Fast',
              rows: [{ id: 'ship:express', title: 'Priority Express', description: 'Next day to 2 days' }],
            },
          ],
        },
      })
    ).messages[0].id;
    const place = (
      await send('interactive', {
        type: 'location_request_message',
        body: { text: 'Where?' },
        action: { name: 'send_location' },
      })
    ).messages[0].id;
    act({ do: 'tap', messageId: buttons, buttonId: 'order:1042:confirm' });
    act({ do: 'choose', messageId: list, rowId: 'ship:express' });
    act({ do: 'tap', messageId: place, buttonId: 'send_location' });
    act({ do: 'react', messageId: buttons, emoji: '👍' });
    act({ do: 'react', messageId: buttons, emoji: null });
    const context = (id: string) => ({ context: { from: '15550100001', id } });
    await until(() => messages().length === 6);
    const [, tapped, chosen, shared, reacted, unreacted] = messages();
    const like = (name: string) => fixture(name).entry[0].changes[0].value.messages[0];
    expect(tapped).toMatchObject({
      ...context(buttons),
      type: 'interactive',
      interactive: like('message-interactive-button-reply.json').interactive,
    });
    expect(chosen).toMatchObject({
      ...context(list),
      interactive: like('message-interactive-list-reply.json').interactive,
    });
    expect(shared).toMatchObject({ ...context(place), type: 'location', location: { latitude: -23.55052 } });
    expect(reacted).toMatchObject({ type: 'reaction', reaction: { message_id: buttons, emoji: '👍' } });
    expect(unreacted.reaction).toEqual({ message_id: buttons });
  });
  it('sends files that can be had in two steps, with the token', async () => {
    act({
      do: 'image',
      filename: 'box.jpg',
      mimeType: 'image/jpeg',
      base64: Buffer.from('jpeg').toString('base64'),
      caption: 'The box',
    });
    const { image } = await until(() => messages()[0]);
    expect(image).toMatchObject({
      caption: 'The box',
      mime_type: 'image/jpeg',
      sha256: expect.any(String),
      id: expect.any(String),
    });
    const described = await graph('GET', `${image.id}?phone_number_id=${number}`);
    expect(described).toMatchObject({ mime_type: 'image/jpeg', file_size: 4, id: image.id });
    expect(Buffer.from(described.sha256, 'hex').toString('base64')).toBe(image.sha256);
    expect((await fetch(described.url)).status).toBe(401);
    expect(await (await fetch(described.url, { headers: { authorization: 'Bearer EAA-test' } })).text()).toBe('jpeg');
    expect(await graph('DELETE', image.id)).toEqual({ status: 200, success: true });
    expect(await graph('GET', image.id)).toMatchObject({ error: { code: 100, error_subcode: 33 } });
  });
  it('sees that the business read and types, until it has written', async () => {
    const id = act({ do: 'text', text: 'hi' });
    expect(
      await graph('POST', `${number}/messages`, {
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: id,
        typing_indicator: { type: 'text' },
      }),
    ).toEqual({ status: 200, success: true });
    expect(phone()).toMatchObject({ typing: true, messages: [{ id, status: 'read' }] });
    await send('text', { body: 'there' });
    expect(phone().typing).toBe(false);
    expect(
      await graph('POST', `${number}/messages`, {
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: 'wamid.nope',
      }),
    ).toMatchObject({ error: { code: 131009 } });
  });
  it('hears the business from its own phone, and the platform hears of it', async () => {
    act({ do: 'text', text: 'hi' });
    const id = act({ do: 'echo', text: 'I will look' });
    const { value } = await until(() => changes().find(({ field }) => field === 'smb_message_echoes'));
    expect(value.message_echoes).toEqual([
      expect.objectContaining({
        from: '15550100001',
        to: '12025550142',
        id,
        type: 'text',
        text: { body: 'I will look' },
      }),
    ]);
  });
});

describe('WhatsApp’s own marks', () => {
  it('become runs, and stay text where they enclose nothing', () => {
    expect(drawMarkup('*bold _both_* 2*3*4 ~gone~ ```x*y*```')).toEqual({
      text: 'bold both 2*3*4 gone x*y*',
      entities: [
        { type: 'bold', offset: 0, length: 9 },
        { type: 'italic', offset: 5, length: 4 },
        { type: 'strike', offset: 16, length: 4 },
        { type: 'code', offset: 21, length: 4 },
      ],
    });
  });
});

describe('templates', () => {
  const create = (name: string, text: string, more: object = {}) =>
    graph('POST', `${waba}/message_templates`, {
      name,
      language: 'en_US',
      category: 'UTILITY',
      components: [{ type: 'BODY', text }],
      ...more,
    });
  const decided = (name: string): Any => changes().find(({ value }) => value.message_template_name === name);

  it('are handed in, judged, told of, used and taken away', async () => {
    expect(await create('parcel', 'Parcel {{1}} is here.')).toEqual({
      status: 'PENDING',
      id: expect.any(String),
      category: 'UTILITY',
    });
    act({ do: 'text', text: 'Hi' });
    const parcel = {
      name: 'parcel',
      language: { code: 'en_US' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: '7' }] }],
    };
    expect(await send('template', parcel)).toMatchObject({ error: { code: 132001 } });
    expect(await until(() => decided('parcel'))).toMatchObject({
      field: 'message_template_status_update',
      value: { event: 'APPROVED', message_template_language: 'en_US', reason: 'NONE' },
    });
    expect(await send('template', parcel)).toMatchObject({ status: 200 });
    expect(phone().messages.at(-1)?.text).toBe('Parcel 7 is here.');
    await create('spam', 'Free money for you, today.');
    expect((await until(() => decided('spam'))).value).toMatchObject({ event: 'REJECTED', reason: 'INVALID_FORMAT' });
    const listed = await graph('GET', `${waba}/message_templates?fields=name,status&limit=2`);
    expect(listed.data).toHaveLength(2);
    const rest = await graph(
      'GET',
      `${waba}/message_templates?fields=name,status&limit=10&after=${listed.paging.cursors.after}`,
    );
    expect(rest.data.map(({ name }: Any) => name)).toEqual(expect.arrayContaining(['parcel', 'spam']));
    expect(await graph('DELETE', `${waba}/message_templates?name=parcel`)).toMatchObject({ success: true });
    expect(await send('template', parcel)).toMatchObject({ error: { code: 132001 } });
  });

  it('are refused where they could not be filled, or are there already', async () => {
    expect(await create('order_update', 'Again {{1}} again.')).toMatchObject({ error: { error_subcode: 2388024 } });
    expect(await create('late', 'Sorry, {{1}}')).toMatchObject({ error: { error_subcode: 2388299 } });
    expect(await create('Capital', 'Words')).toMatchObject({ error: { code: 100 } });
    expect(await create('ad', 'Words', { category: 'NEWS' })).toMatchObject({ error: { code: 100 } });
  });
});

describe('the business behind a number', () => {
  it('keeps its profile', async () => {
    const path = `${number}/whatsapp_business_profile`;
    const write = (body: object) => graph('POST', path, { messaging_product: 'whatsapp', ...body });
    expect(await write({ about: 'Plants', websites: ['https://acme.example.com'] })).toEqual({
      status: 200,
      success: true,
    });
    expect(await graph('GET', `${path}?fields=about,websites,email`)).toMatchObject({
      data: [{ about: 'Plants', websites: ['https://acme.example.com'] }],
    });
    for (const wrong of [{ about: '' }, { about: 'x'.repeat(140) }, { websites: ['acme'] }, { colour: 'red' }])
      expect(await write(wrong)).toMatchObject({ status: 400 });
  });

  it('offers ice breakers and commands, whose words a person sends', async () => {
    const commands = [{ command_name: 'hours', command_description: 'When we are open' }];
    const write = (body: object) => graph('POST', `${number}/conversational_automation`, body);
    expect(await write({ prompts: ['Where are you?'], commands })).toMatchObject({ success: true });
    expect(await graph('GET', `${number}?fields=conversational_automation`)).toMatchObject({
      conversational_automation: { prompts: ['Where are you?'], commands },
    });
    expect(phone().starters).toEqual([
      { id: 'Where are you?', text: 'Where are you?', kind: 'start' },
      { id: '/hours', text: '/hours', kind: 'command' },
    ]);
    act({ do: 'start', payload: 'Where are you?' });
    expect((await until(() => messages()[0])).text.body).toBe('Where are you?');
    expect(await write({ prompts: ['No 🙂'] })).toMatchObject({ status: 400 });
  });
});
