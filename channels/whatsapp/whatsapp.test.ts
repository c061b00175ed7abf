import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { joinStates } from '@tributary/protocol';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { InboundEvent, InboundEventOf, InboundRequest } from '../adapter.ts';
import { type InboundFixture, toRequest } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import type { WhatsAppConfig } from './config.ts';
import { findFaults } from './faults.ts';
import { whatsapp } from './index.ts';

const fixtures = new URL('./fixtures/', import.meta.url);
const config: WhatsAppConfig = {
  phoneNumberId: '106540000000001',
  businessAccountId: '102290000000001',
  accessToken: 'test-access-token-EAAB0001',
  verifyToken: 'test-whatsapp-verify-token-0001',
  appSecret: 'test-whatsapp-app-secret-0001',
};
const hook = { url: 'https://hooks.example.com/webhooks/whatsapp/ch_demo_wa' };
const ours = 'wamid.HBgLMTU1NTAxOTkwMDEVAgARGBJGMDJEQzhENEQzMkIzRjMzNzkA';
const theirs = 'wamid.HBgLMTU1NTAxOTkwMDEVAgASGBQzQTMxRjhGMEUzMUFCNzJENTA3NgA=';
const partKey = 'dlv_0192aaaaaaaa7000800000000000000a.0';

testChannel(whatsapp, {
  config,
  fixtures,
  proof: { header: 'x-hub-signature-256', over: 'body' },
  spec: findFaults,
  to: { kind: 'phone', value: '+15550199001', aliases: [{ kind: 'scoped_id', value: 'US.13490000000000000001' }] },
  externalId: theirs,
});

const fixture = (path: string): InboundRequest =>
  toRequest(JSON.parse(readFileSync(new URL(`${path}.json`, fixtures), 'utf8')) as InboundFixture, fixtures);

/** A webhook for the number, signed with the secret. */
function webhook(value: object, field = 'messages', secret = config.appSecret ?? ''): InboundRequest {
  const metadata = { display_phone_number: '15550100001', phone_number_id: config.phoneNumberId };
  const change = { field, value: { messaging_product: 'whatsapp', metadata, ...value } };
  const entry = [{ id: config.businessAccountId, changes: [change] }];
  const body = new TextEncoder().encode(JSON.stringify({ object: 'whatsapp_business_account', entry }));
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const headers = { 'x-hub-signature-256': signature };
  return {
    via: 'http',
    method: 'POST',
    publicUrl: hook.url,
    headers,
    body,
    receivedAt: new Date('2026-11-21T12:00:00Z'),
  };
}
const meaning = (value: object, field?: string): InboundEvent[] => whatsapp.parse(webhook(value, field), config);
const text = (more: object): object => ({
  messages: [
    { from: '15550199001', id: 'wamid.1', timestamp: '1791001000', type: 'text', text: { body: 'Hi' }, ...more },
  ],
});

describe('the config', () => {
  test('takes what the Linktor page sends, and makes a verify token where none is given', () => {
    const given = {
      phoneNumberId: 'YOUR_PHONE_NUMBER_ID',
      accessToken: 'YOUR_ACCESS_TOKEN',
      verifyToken: 'YOUR_VERIFY_TOKEN',
    };
    expect([...Value.Errors(whatsapp.config, given)]).toEqual([]);
    expect(whatsapp.account(given)).toBe('YOUR_PHONE_NUMBER_ID');
    const { verifyToken: _, ...bare } = given;
    expect([...Value.Errors(whatsapp.config, bare)]).toEqual([]);
    expect(whatsapp.defaults?.(bare, () => 'made')).toEqual({ ...bare, verifyToken: 'made' });
    const server = { phone_number_id: '1', access_token: 'EAAB', waba_id: '2', webhook_secret: 's' } as object;
    expect(whatsapp.defaults?.(server, () => 'made')).toMatchObject({
      phoneNumberId: '1',
      accessToken: 'EAAB',
      businessAccountId: '2',
      appSecret: 's',
    });
  });

  test('without an app secret lets nothing in', () => {
    const { appSecret: _, ...bare } = config;
    expect(whatsapp.verify(fixture('inbound/message-text'), bare)).toBe(false);
    expect(whatsapp.verify(webhook({}, 'messages', ''), { ...bare, appSecret: '' })).toBe(false);
  });

  test('lets the old app secret in while it is being changed', () => {
    const changed = { ...config, appSecret: 'new-secret', previousAppSecret: config.appSecret };
    expect(whatsapp.verify(fixture('inbound/message-text'), changed)).toBe(true);
  });
});

describe('the app’s own door', () => {
  test('reads every number a body names, once', () => {
    const numbers = whatsapp.accounts?.(fixture('inbound/several-numbers'));
    expect(numbers).toEqual(['106540000000001', '106540000000002']);
    expect(whatsapp.accounts?.(fixture('inbound/not-json'))).toEqual([]);
    expect(whatsapp.accounts?.(fixture('account/template-status-update'))).toEqual([]);
  });

  test('does not believe a body that names another tenant’s number: its own secret has to fit', () => {
    const victim: WhatsAppConfig = {
      ...config,
      phoneNumberId: '106540000000099',
      appSecret: 'the-secret-of-the-victim',
    };
    const metadata = { display_phone_number: '15550100099', phone_number_id: victim.phoneNumberId };
    const forged = webhook({ ...text({}), metadata });
    expect(whatsapp.verify(forged, config)).toBe(true);
    expect(whatsapp.accounts?.(forged)).toEqual([victim.phoneNumberId]);
    expect(whatsapp.verify(forged, victim)).toBe(false);
    // Through the forger's own door the event still names the victim, so that door drops it.
    expect(whatsapp.parse(forged, config)).toMatchObject([{ account: victim.phoneNumberId, type: 'message' }]);
  });

  test('gives news of a business account to its own channels only', () => {
    const news = fixture('account/template-status-update');
    expect(whatsapp.parse(news, config)).toMatchObject([
      { account: config.phoneNumberId, type: 'template_status', detail: { name: 'order_update', status: 'APPROVED' } },
    ]);
    expect(whatsapp.parse(fixture('account/template-status-other-account'), config)).toMatchObject([
      { account: '102290000000999', type: 'template_status' },
    ]);
    const { businessAccountId: _, ...unknown } = config;
    expect(whatsapp.parse(news, unknown)).toMatchObject([{ account: '102290000000001' }]);
  });
});

describe('people', () => {
  test('who hide their number and later show it are one person, by the id they keep', () => {
    const [hidden] = whatsapp.parse(fixture('inbound/message-text-username-only'), config);
    const [shown] = whatsapp.parse(fixture('inbound/message-text'), config);
    expect((hidden as InboundEventOf<'message'>).from).toEqual({ kind: 'scoped_id', value: 'US.13490000000000000001' });
    expect((shown as InboundEventOf<'message'>).from.aliases).toEqual([
      { kind: 'scoped_id', value: 'US.13490000000000000001' },
    ]);
  });

  test('are written by callers in many ways', () => {
    const phone = { kind: 'phone', value: '+5511999990000' };
    for (const text of [
      '+5511999990000',
      '5511999990000',
      ' +55 (11) 99999-0000 ',
      '005511999990000',
      '+55 11 99999.0000',
    ]) {
      expect(whatsapp.address(text, config), text).toEqual(phone);
    }
    const scoped = { kind: 'scoped_id', value: 'US.13490000000000000001' };
    expect(whatsapp.address('US.13490000000000000001', config)).toEqual(scoped);
    for (const nobody of ['12', 'ana@example.com', '@ana', 'us.1', '+', '++5511999990000', 'call 5511999990000']) {
      expect(whatsapp.address(nobody, config), nobody).toBeUndefined();
    }
  });

  test('who send nothing to know them by are not made up', () => {
    expect(meaning(text({ from: undefined }))).toMatchObject([{ type: 'ignored' }]);
    expect(meaning(text({ from: 'me@example.com' }))).toMatchObject([{ type: 'ignored' }]);
  });

  test('keep their name when contacts stand in another order or are missing', () => {
    const names = whatsapp
      .parse(fixture('inbound/message-several-people'), config)
      .map((event) => (event as InboundEventOf<'message'>).profile?.name);
    expect(names).toEqual(['Ana Prado', 'Bruno Silva', undefined]);
  });
});

describe('keys', () => {
  test('differ for a reaction, its change and its removal in one second', () => {
    const keys = ['👍', '❤️', ''].flatMap((emoji) =>
      meaning(text({ type: 'reaction', reaction: { message_id: ours, emoji } })).map(({ key }) => key),
    );
    expect(new Set(keys).size).toBe(3);
  });

  test('differ for two edits of one message, and for its unsend', () => {
    const edit = (id: string) =>
      text({ id, type: 'edit', edit: { original_message_id: theirs, message: { type: 'text', text: { body: 'x' } } } });
    const unsend = text({ id: 'wamid.9', type: 'revoke', revoke: { original_message_id: theirs } });
    const keys = [edit('wamid.7'), edit('wamid.8'), unsend].flatMap((value) => meaning(value).map(({ key }) => key));
    expect(new Set([...keys, `message:${theirs}`]).size).toBe(4);
  });

  test('of news that comes true again on another day are not those of the first', () => {
    const news = fixture('account/template-status-update');
    const later = { ...news, receivedAt: new Date(news.receivedAt.getTime() + 3 * 86_400_000) };
    expect(whatsapp.parse(later, config)[0]?.key).not.toBe(whatsapp.parse(news, config)[0]?.key);
  });
});

describe('statuses', () => {
  const status = (word: string, more: object = {}): object => ({
    id: ours,
    status: word,
    timestamp: '1791002000',
    ...more,
  });
  const receipts = (statuses: object[]): InboundEventOf<'receipt'>[] =>
    meaning({ statuses }).filter((event) => event.type === 'receipt');

  test('settle the same in any order and any number of times', () => {
    const words = ['sent', 'delivered', 'read', 'played', 'failed'];
    fc.assert(
      fc.property(fc.shuffledSubarray(words, { minLength: 1 }), fc.nat(4), (order, again) => {
        const told = [...order, order[again % order.length]!];
        const settled = (list: readonly string[]) =>
          receipts(list.map((word) => status(word)))
            .map(({ state }) => state)
            .reduce(joinStates, 'queued' as never);
        expect(settled(told)).toBe(settled([...order].sort()));
      }),
    );
  });

  test('name our part where they carry its key, and only the message where they carry another program’s words', () => {
    const target = (data: unknown) => receipts([status('sent', { biz_opaque_callback_data: data })])[0]?.target;
    expect(target(partKey)).toEqual({ partKey, externalId: ours });
    for (const other of ['dlv_0001', 'crm:42', '', 7, null, `${partKey}; drop table`]) {
      expect(target(other)).toEqual({ externalId: ours });
    }
  });

  test('of failures tell why, in our word and in Meta’s', () => {
    const errors = [
      { code: 131056, title: 'Pair rate limit hit', error_data: { details: 'Too many to this number.' } },
    ];
    expect(receipts([status('failed', { errors })])[0]?.error).toEqual({
      code: 'rate_limited',
      providerCode: '131056',
      providerMessage: 'Too many to this number.',
    });
  });
});

describe('typing and reading', () => {
  const [said] = whatsapp.parse(fixture('inbound/message-text'), config);

  test('mark the message as read', () => {
    const body = { messaging_product: 'whatsapp', status: 'read', message_id: theirs };
    const path = '/v26.0/106540000000001/messages';
    expect(whatsapp.acknowledge?.(said!, config)).toEqual([{ method: 'POST', path, body, name: 'mark read' }]);
    const answering = { externalId: theirs };
    expect(whatsapp.typing?.({ kind: 'phone', value: '+15550199001' }, true, config, answering)).toEqual([
      { method: 'POST', path, body: { ...body, typing_indicator: { type: 'text' } }, name: 'show typing' },
    ]);
  });

  test('say nothing where there is nothing to answer, or nothing to stop', () => {
    const to = { kind: 'phone' as const, value: '+15550199001' };
    expect(whatsapp.typing?.(to, true, config)).toEqual([]);
    expect(whatsapp.typing?.(to, false, config, { externalId: theirs })).toEqual([]);
    const [echo] = whatsapp.parse(fixture('inbound/echo-business-app'), config);
    expect(whatsapp.acknowledge?.(echo!, config)).toEqual([]);
  });
});

describe('connecting', () => {
  const number = {
    display_phone_number: '+1 555-010-0001',
    verified_name: 'Acme',
    quality_rating: 'GREEN',
    status: 'CONNECTED',
    id: '1',
  };
  const denied = { status: 401, body: { error: { message: 'Session has expired', code: 190, error_subcode: 463 } } };

  test('reads the number and points the account’s webhooks here', async () => {
    const io = scriptedIo('http://far', [
      { status: 200, body: number },
      { status: 200, body: { success: true } },
    ]);
    expect(await whatsapp.connect?.(config, io, hook)).toEqual({
      account: config.phoneNumberId,
      name: 'Acme · +1 555-010-0001',
      config: { displayPhoneNumber: '+1 555-010-0001' },
    });
    expect(io.requests.map(({ method, url, body }) => [method, url, body && JSON.parse(String(body))])).toEqual([
      ['GET', expect.stringMatching(/^http:\/\/far\/v26\.0\/106540000000001\?fields=display_phone_number,/), undefined],
      [
        'POST',
        'http://far/v26.0/102290000000001/subscribed_apps',
        { override_callback_uri: hook.url, verify_token: config.verifyToken },
      ],
    ]);
  });

  test('without a business account only reads the number', async () => {
    const { businessAccountId: _, ...bare } = config;
    const io = scriptedIo('http://far', [{ status: 200, body: number }]);
    expect(await whatsapp.connect?.(bare, io, hook)).toMatchObject({ name: 'Acme · +1 555-010-0001' });
  });

  test('fails with Meta’s own words', async () => {
    await expect(whatsapp.connect?.(config, scriptedIo('http://far', [denied]), hook)).rejects.toMatchObject({
      code: 'bad_credentials',
      message: 'Session has expired',
    });
  });

  test('is probed: what works, and a remedy for what does not', async () => {
    const probe = (answers: Parameters<typeof scriptedIo>[1], using = config) =>
      whatsapp.probe?.(using, scriptedIo('http://far', answers), hook);
    const subscribed = (url: string) => ({ status: 200, body: { data: [{ override_callback_uri: url }] } });
    const good = { status: 200, body: number };
    expect(await probe([good, subscribed(hook.url)])).toMatchObject([
      { name: 'credentials', ok: true },
      { name: 'webhook', ok: true },
    ]);
    expect(await probe([good, subscribed('https://elsewhere.example.com')])).toMatchObject([
      { name: 'credentials', ok: true },
      { name: 'webhook', ok: false, remedy: expect.stringContaining('Connect the channel again') },
    ]);
    expect(await probe([good, { status: 200, body: { data: [] } }])).toMatchObject([
      {},
      { name: 'webhook', ok: false },
    ]);
    expect(await probe([denied])).toMatchObject([
      { name: 'expiry', ok: false, remedy: expect.stringContaining('system user') },
    ]);
    const poor = { status: 200, body: { ...number, status: 'PENDING', quality_rating: 'RED' } };
    const { businessAccountId: _b, appSecret: _s, ...bare } = config;
    const findings = (await probe([poor], bare)) ?? [];
    expect(findings.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['permissions', 'permissions', 'webhook']);
    for (const finding of findings) if (!finding.ok) expect(finding.remedy).toBeTruthy();
  });
});

describe('templates', () => {
  test('are those of the business account', async () => {
    const one = {
      id: '9',
      name: 'order_update',
      language: 'en_US',
      status: 'PAUSED',
      category: 'UTILITY',
      components: [],
    };
    const io = scriptedIo('http://far', [{ status: 200, body: { data: [one] } }]);
    expect(await whatsapp.templates?.list(config, io)).toMatchObject([{ id: '9', status: 'paused' }]);
    expect(io.requests[0]?.url).toMatch(/^http:\/\/far\/v26\.0\/102290000000001\/message_templates\?fields=/);
    const { businessAccountId: _, ...bare } = config;
    await expect(whatsapp.templates?.list(bare, scriptedIo('http://far', []))).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('WABA'),
    });
  });

  test('that Meta refuses say why', async () => {
    const error = {
      message: 'Invalid parameter',
      code: 100,
      error_subcode: 2388299,
      error_user_msg: 'No variable at the end.',
    };
    const draft = { name: 'late', language: 'en_US', components: [] };
    await expect(
      whatsapp.templates?.create(draft, config, scriptedIo('http://far', [{ status: 400, body: { error } }])),
    ).rejects.toMatchObject({ message: 'No variable at the end.' });
  });
});

describe('what Meta keeps for the number', () => {
  const kept = {
    about: 'Plants',
    websites: ['https://acme.example.com'],
    iceBreakers: ['Where are you?'],
    commands: [{ name: 'hours', description: 'When we are open' }],
  };

  test('is written in two calls and read in two', async () => {
    const ok = { status: 200, body: { success: true } };
    const io = scriptedIo('http://far', [ok, ok]);
    await whatsapp.settings?.write(kept, config, io);
    expect(io.requests.map(({ url, body }) => [url, JSON.parse(String(body))])).toEqual([
      [
        'http://far/v26.0/106540000000001/whatsapp_business_profile',
        { messaging_product: 'whatsapp', about: 'Plants', websites: ['https://acme.example.com'] },
      ],
      [
        'http://far/v26.0/106540000000001/conversational_automation',
        { prompts: ['Where are you?'], commands: [{ command_name: 'hours', command_description: 'When we are open' }] },
      ],
    ]);
    const answers = [
      { data: [{ messaging_product: 'whatsapp', about: 'Plants', websites: ['https://acme.example.com'] }] },
      {
        id: '1',
        conversational_automation: {
          prompts: ['Where are you?'],
          commands: [{ command_name: 'hours', command_description: 'When we are open' }],
        },
      },
    ].map((body) => ({ status: 200, body }));
    expect(await whatsapp.settings?.read(config, scriptedIo('http://far', answers))).toEqual(kept);
  });

  test('goes where it is null, except the line that Meta keeps', async () => {
    const ok = { status: 200, body: { success: true } };
    const io = scriptedIo('http://far', [ok, ok]);
    await whatsapp.settings?.write({ email: null, iceBreakers: null }, config, io);
    expect(io.requests.map(({ body }) => JSON.parse(String(body)))).toEqual([
      { messaging_product: 'whatsapp', email: '' },
      { prompts: [] },
    ]);
    await expect(whatsapp.settings?.write({ about: null }, config, scriptedIo('http://far', []))).rejects.toMatchObject(
      {
        code: 'rejected',
      },
    );
  });
});

describe('a link', () => {
  test('opens the chat with words that carry the code', () => {
    const known = { ...config, displayPhoneNumber: '+1 555-010-0001' };
    expect(whatsapp.deepLink?.('abc_1', known)).toEqual({ url: 'https://wa.me/15550100001?text=Hello!%20%5Babc_1%5D' });
    expect(() => whatsapp.deepLink?.('abc_1', config)).toThrow('phone number');
  });

  test('that was followed is told beside the message', () => {
    const said = meaning(text({ text: { body: 'Hello! [abc_1]' } }));
    expect(said).toMatchObject([
      { type: 'message', content: { text: 'Hello! [abc_1]' } },
      { type: 'referral', key: 'referral:wamid.1', detail: { source: 'deep_link', code: 'abc_1' } },
    ]);
    for (const body of ['Hello! [abc 1]', '[a] and more', '[]', 'Hello'])
      expect(meaning(text({ text: { body } })), body).toHaveLength(1);
  });
});
