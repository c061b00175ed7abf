import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NUMBER, signedText, waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';

const BOT = '7000000001';
const TOKEN = `${BOT}:TEST-telegram-bot-token-not-real0001`;

interface Wire {
  id: string;
  direction: string;
  status: string;
  content: { type: string; text?: string; payload?: string; inferred?: boolean };
  conversationId: string;
  metadata: Record<string, unknown>;
  from: string;
  to: string;
}
interface Page {
  data: Wire[];
}

let stage: Stage;
let echo: { id: string };
let telegram: { id: string };
let whatsapp: { id: string };

const messagesOf = async (channelId: string): Promise<Wire[]> =>
  (await stage.api<Page>(`/messages?channelId=${channelId}&limit=100`)).data;
const metaPost = (path: string, payload: unknown, secret = NUMBER.appSecret): Promise<Response> => {
  const body = JSON.stringify(payload);
  return fetch(`${stage.app.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });
};
const statusOf = (id: string, status: string, more: object = {}): unknown => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: NUMBER.businessAccountId,
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '15550100001', phone_number_id: NUMBER.phoneNumberId },
            statuses: [{ id, status, timestamp: '1790000100', recipient_id: '15550199001', ...more }],
          },
        },
      ],
    },
  ],
});

beforeAll(async () => {
  stage = await openStage();
  stage.lab.configure({ autoReadMs: 20, limits: false });
  stage.lab.account({
    provider: 'telegram',
    account: BOT,
    title: 'Stage',
    credentials: { botToken: TOKEN, username: 'stage_bot' },
  });
  stage.lab.account({
    provider: 'whatsapp',
    account: NUMBER.phoneNumberId,
    title: 'Stage',
    credentials: { ...NUMBER, displayPhoneNumber: '15550100001' },
  });
  echo = await stage.api('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  telegram = await stage.api('/channels', 'POST', {
    type: 'telegram',
    name: 'Telegram',
    config: { botToken: TOKEN },
    defaultBotId: echo.id,
  });
  whatsapp = await stage.api('/channels', 'POST', {
    type: 'whatsapp',
    name: 'WhatsApp',
    config: NUMBER,
    defaultBotId: echo.id,
  });
  await waitFor(
    async () =>
      (await stage.api<{ data: { status: string }[] }>('/channels')).data.every((one) => one.status === 'active'),
    'The channels did not become active.',
  );
});
afterAll(() => stage?.stop());

describe('the road, end to end', () => {
  it('carries a Telegram message to the bot and the answer back', async () => {
    stage.lab.act('telegram', BOT, 'ana', { do: 'text', text: 'Is anybody there?' });
    await waitFor(async () => stage.lab.phone('telegram', BOT, 'ana').messages.length === 2, 'No answer came.');
    expect(stage.lab.phone('telegram', BOT, 'ana').messages[1]).toMatchObject({
      from: 'business',
      text: 'Is anybody there?',
    });
    await waitFor(
      async () => (await messagesOf(telegram.id)).some((one) => one.status === 'sent'),
      'The answer was not settled.',
    );
    const [answer, question] = await messagesOf(telegram.id);
    expect(question).toMatchObject({
      direction: 'inbound',
      content: { type: 'text', text: 'Is anybody there?' },
      metadata: { profileName: expect.stringContaining('Ana') },
    });
    expect(answer).toMatchObject({ direction: 'outbound', status: 'sent', conversationId: question!.conversationId });
  });

  it('carries a WhatsApp message to the bot, the answer back, and its receipts up to read', async () => {
    stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'text', text: 'Olá!' });
    await waitFor(
      async () => (await messagesOf(whatsapp.id)).some((one) => one.direction === 'outbound' && one.status === 'read'),
      'The answer was never read.',
    );
    const events = await stage.db.query(
      "select type from events e join messages m on m.id = e.subject_id where m.direction = 'outbound' and e.channel_id = $1 order by xid, seq",
      [whatsapp.id.slice(3)],
    );
    expect(events.rows.map((row) => row.type)).toEqual([
      'message.queued',
      'message.sent',
      'message.delivered',
      'message.read',
    ]);
  });

  it('turns buttons into a list where there are too many, and a choice back into its payload', async () => {
    stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'text', text: 'menu' });
    const phone = () => stage.lab.phone('whatsapp', NUMBER.phoneNumberId, 'ana').messages;
    await waitFor(async () => phone().some((one) => one.list), 'No list came.');
    const list = phone().find((one) => one.list)!;
    const row = list.list!.sections[0]!.rows[1]!;
    stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'choose', messageId: list.id, rowId: row.id });
    await waitFor(async () => phone().some((one) => one.text?.includes('Blue it is')), 'The choice was not answered.');
    const tap = (await messagesOf(whatsapp.id)).find((one) => one.content.type === 'event')!;
    expect(tap.content).toMatchObject({ type: 'event', event: 'postback', payload: 'colour:Blue' });
    const said = phone().findLast((one) => one.from === 'customer')!;
    const found = await stage.api<Page>(`/messages?channelId=${whatsapp.id}&externalId=${encodeURIComponent(said.id)}`);
    expect(found.data.map((one) => one.id)).toEqual([tap.id]);
  });

  it('asks a bot behind a webhook, signed, and says what it answers', async () => {
    const secret = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;
    const asked: { type: string; data: { message: { content: { text: string } } } }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        asked.push(
          new Webhook(secret).verify(body, request.headers as Record<string, string>) as (typeof asked)[number],
        );
        // The first attempt fails: the turn must come again, and only one answer may be said.
        if (asked.length === 1) return response.writeHead(503).end();
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            messages: [{ type: 'text', text: `You wrote: ${asked[0]!.data.message.content.text}` }, 'And that is all.'],
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bot`;
    const bot = await stage.api<{ id: string }>('/bots', 'POST', {
      name: 'Program',
      kind: 'webhook',
      config: { url, secret },
    });
    // Private addresses are refused unless the operator allows them.
    await stage.api(`/channels/${telegram.id}`, 'PATCH', { defaultBotId: bot.id });
    try {
      const second = stage.lab.people[1]!.id;
      stage.lab.act('telegram', BOT, second, { do: 'text', text: 'Hello program' });
      await new Promise((resolve) => setTimeout(resolve, 800));
      expect(asked).toHaveLength(0);
      const { rows } = await stage.db.query('select error from turns');
      expect(rows[0]!.error).toContain('private address');
      stage.allow(new URL(url).origin);
      await waitFor(
        async () =>
          stage.lab.phone('telegram', BOT, second).messages.filter((one) => one.from === 'business').length === 2,
        'The bot was not heard.',
        20_000,
      );
      expect(
        stage.lab
          .phone('telegram', BOT, second)
          .messages.filter((one) => one.from === 'business')
          .map((one) => one.text),
      ).toEqual(['You wrote: Hello program', 'And that is all.']);
      expect(asked[0]).toMatchObject({ type: 'message.received' });
    } finally {
      server.close();
      await stage.api(`/channels/${telegram.id}`, 'PATCH', { defaultBotId: echo.id });
    }
  });

  it('obeys routing rules as the overview writes them, over the channel’s own bot', async () => {
    await stage.api('/inboxes', 'POST', { name: 'Support inbox' });
    const route = await stage.api<{ id: string }>('/routes', 'POST', {
      triggers: [{ type: 'channel', channels: ['telegram'], action: 'route_to_support_inbox' }],
    });
    stage.lab.act('telegram', BOT, stage.lab.people[2]!.id, { do: 'text', text: 'A person, please' });
    await waitFor(
      async () =>
        (
          await stage.db.query(
            "select 1 from events where type = 'message.routed' and data->>'why' like 'A routing rule%'",
          )
        ).rows.length === 1,
      'The rule was not followed.',
    );
    expect(stage.lab.phone('telegram', BOT, stage.lab.people[2]!.id).messages).toHaveLength(1);
    await stage.api(`/routes/${route.id}`, 'DELETE');
  });
});

describe('the door', () => {
  it('refuses a wrong signature with 401 and stores nothing, an unknown channel with 404, a body over the limit with 413', async () => {
    const before = (await stage.db.query('select count(*)::int as n from journal')).rows[0]!.n;
    expect((await metaPost(`/webhooks/whatsapp/${whatsapp.id}`, statusOf('x', 'sent'), 'wrong')).status).toBe(401);
    expect((await metaPost('/webhooks/whatsapp/ch_00000000000000000000000000000000', {})).status).toBe(404);
    expect((await metaPost('/webhooks/whatsapp/nonsense', {})).status).toBe(404);
    expect((await metaPost(`/webhooks/telegram/${whatsapp.id}`, {})).status).toBe(404);
    expect((await metaPost(`/webhooks/whatsapp/${whatsapp.id}`, { pad: 'x'.repeat(3 * 1024 * 1024) })).status).toBe(
      413,
    );
    expect((await stage.db.query('select count(*)::int as n from journal')).rows[0]!.n).toBe(before);
  });

  it('accepts three megabytes less a little, and keeps a body it cannot read, marked and visible', async () => {
    expect(
      (
        await metaPost(`/webhooks/whatsapp/${whatsapp.id}`, {
          object: 'whatsapp_business_account',
          entry: [],
          pad: 'x'.repeat(3 * 1024 * 1024 - 200),
        })
      ).status,
    ).toBe(200);
    const body = '{"object": "whatsapp_busi';
    const answer = await fetch(`${stage.app.url}/api/v1/webhooks/whatsapp/${whatsapp.id}`, {
      method: 'POST',
      headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', NUMBER.appSecret).update(body).digest('hex')}` },
      body,
    });
    expect(answer.status).toBe(200);
    const { data } = await stage.api<{ data: { id: string; verdict: string }[] }>('/journal?verdict=unparsed');
    expect(data).toHaveLength(1);
    expect(JSON.stringify(await stage.api(`/journal/${data[0]!.id}`))).toContain('whatsapp_busi');
  });

  it('answers the handshake at both doors', async () => {
    const query = `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${NUMBER.verifyToken}`;
    for (const path of [`/webhooks/whatsapp/${whatsapp.id}`, '/webhooks/whatsapp', '/api/v1/webhooks/whatsapp']) {
      const answer = await fetch(`${stage.app.url}${path}?${query}`);
      expect([answer.status, await answer.text()]).toEqual([200, '1158201444']);
      expect((await fetch(`${stage.app.url}${path}?${query}x`)).status).toBe(403);
    }
  });

  it('lets a forged app-level body name another tenant’s number in vain', async () => {
    const other = { ...NUMBER, phoneNumberId: '106540000000999', appSecret: 'their-secret' };
    const victim = await stage.api<{ id: string }>('/channels', 'POST', {
      type: 'whatsapp',
      name: 'Victim',
      config: other,
    });
    const forged = JSON.parse(signedText(1, 1).body.replaceAll(NUMBER.phoneNumberId, other.phoneNumberId));
    // Signed by the attacker's own app, naming the victim's number; and one body that names both.
    expect((await metaPost('/webhooks/whatsapp', forged)).status).toBe(401);
    const both = JSON.parse(signedText(2, 2).body);
    both.entry.push(forged.entry[0]);
    expect((await metaPost('/webhooks/whatsapp', both)).status).toBe(200);
    expect(await messagesOf(victim.id)).toHaveLength(0);
    expect((await messagesOf(whatsapp.id)).some((one) => one.content.text?.includes('message 2'))).toBe(true);
    // At the channel's own door, what names another account is dropped as well.
    expect((await metaPost(`/webhooks/whatsapp/${whatsapp.id}`, forged)).status).toBe(200);
    expect(await messagesOf(victim.id)).toHaveLength(0);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const { rows } = await stage.db.query('select reason, count::int from drops order by reason');
    expect(rows).toEqual(
      expect.arrayContaining([
        { reason: 'other_account', count: expect.any(Number) },
        { reason: 'bad_signature', count: expect.any(Number) },
      ]),
    );
  });
});

describe('evidence', () => {
  const send = (text: string): Promise<{ id: string; conversationId: string }> =>
    stage.api('/messages', 'POST', {
      channelId: whatsapp.id,
      to: stage.lab.people[0]!.phone,
      content: { type: 'text', text },
    });
  const wamidOf = async (message: string): Promise<string> =>
    (
      await stage.db.query(
        'select p.external_id from delivery_parts p join deliveries d on d.id = p.delivery_id where d.message_id = $1',
        [message.slice(4)],
      )
    ).rows[0]?.external_id as string;

  it('never goes backwards, whatever order the statuses come in', async () => {
    stage.lab.misbehave({ whatsapp: { noReceipts: true } });
    const orders = [
      ['read', 'delivered', 'sent'],
      ['delivered', 'failed', 'read', 'sent'],
      ['failed', 'delivered'],
    ];
    for (const [i, order] of orders.entries()) {
      const { id } = await send(`order ${i}`);
      await waitFor(async () => (await stage.api<Wire>(`/messages/${id}`)).status === 'sent', 'Not sent.');
      const wamid = await wamidOf(id);
      const seen: string[] = [];
      for (const status of order) {
        expect(
          (
            await metaPost(
              `/webhooks/whatsapp/${whatsapp.id}`,
              statusOf(
                wamid,
                status,
                status === 'failed' ? { errors: [{ code: 131026, title: 'Undeliverable' }] } : {},
              ),
            )
          ).status,
        ).toBe(200);
        seen.push((await stage.api<Wire>(`/messages/${id}`)).status);
      }
      expect(seen.at(-1)).toBe(i === 2 ? 'delivered' : 'read');
    }
    stage.lab.misbehave({ whatsapp: { noReceipts: false } });
  });

  it('keeps a receipt that comes before the id it speaks of', async () => {
    // The double reports before it answers the request that made the message.
    stage.lab.misbehave({ whatsapp: { earlyReceipt: 1 } });
    const { id } = await send('early');
    await waitFor(
      async () => (await stage.api<Wire>(`/messages/${id}`)).status === 'read',
      'The early receipt was lost.',
    );
    stage.lab.misbehave({ whatsapp: { earlyReceipt: 0 } });
    // And one for an id nobody knows stays, speaking of nothing.
    expect((await metaPost(`/webhooks/whatsapp/${whatsapp.id}`, statusOf('wamid.UNKNOWN', 'read'))).status).toBe(200);
    expect(
      (
        await stage.db.query(
          "select count(*)::int as n from receipts where external_id = 'wamid.UNKNOWN' and delivery_id is null",
        )
      ).rows[0]!.n,
    ).toBe(1);
  });

  it('takes a colleague’s words on the business phone as theirs, once', async () => {
    stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'echo', text: 'Ana, it is me, from the shop' });
    await waitFor(
      async () => (await messagesOf(whatsapp.id)).some((one) => one.content.text === 'Ana, it is me, from the shop'),
      'The echo did not arrive.',
    );
    expect(
      (await messagesOf(whatsapp.id)).filter((one) => one.content.text === 'Ana, it is me, from the shop'),
    ).toMatchObject([{ direction: 'outbound' }]);
  });
});
