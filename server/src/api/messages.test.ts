import type { AddressInfo } from 'node:net';
import { uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Channel } from '../store/registry.ts';
import { peopleWrite, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

let api: TestApi;
let tenant: Tenant;
let channel: Channel;
let conversation: string;
let inbound: string;
beforeAll(async () => {
  api = await startApi();
  tenant = await api.tenant('Shop');
  channel = await telegramChannel(api, tenant);
  const [message] = await peopleWrite(api, channel, [{ from: 88, text: 'Where is my order?' }]);
  conversation = message!.conversationId;
  inbound = message!.id;
});
afterAll(() => api.stop());

describe('sending', () => {
  it('takes the SDK’s body into a conversation', async () => {
    const sent = await tenant.post(`/conversations/${conversation}/messages`, {
      text: 'On its way',
      metadata: { ticket: 7 },
    });
    expect(sent.status, sent.text).toBe(201);
    expect(sent.body).toMatchObject({
      conversationId: conversation,
      channelId: channel.id,
      channelType: 'telegram',
      direction: 'outbound',
      to: '88',
      contentType: 'text',
      content: { type: 'text', text: 'On its way' },
      status: 'pending',
      senderType: 'agent',
      metadata: { ticket: 7, delivery: { state: 'queued', attempts: 0 } },
    });
  });

  it('takes the documents’ body: a channel and an address, a contact, or a conversation; a string is text', async () => {
    const { contactId } = (await tenant.get(`/conversations/${conversation}`)).body;
    const bodies = [
      { channelId: channel.id, to: '88', content: { type: 'text', text: 'Hi' } },
      { channelId: channel.id, contactId, content: 'Hi' },
      { conversationId: conversation, content: 'Hi', options: { fit: 'strict' } },
    ];
    for (const body of bodies) {
      const sent = await tenant.post('/messages', body);
      expect([sent.status, sent.body.conversationId, sent.body.content?.text], sent.text).toEqual([
        201,
        conversation,
        'Hi',
      ]);
    }
    const fresh = await tenant.post('/messages', { channelId: channel.id, to: '99887766', content: 'Hello, stranger' });
    expect([fresh.status, fresh.body.to]).toEqual([201, '99887766']);
    expect(fresh.body.conversationId).not.toBe(conversation);
  });

  it('says what is missing or wrong, with its path', async () => {
    const bodies: [object, number, string][] = [
      [{ content: 'Hi' }, 400, 'channelId'],
      [{ channelId: channel.id, content: 'Hi' }, 400, 'to'],
      [{ conversationId: conversation }, 400, 'content'],
      [{ conversationId: conversation, content: 'Hi', scheduledAt: '2030-01-01T00:00:00Z' }, 400, 'scheduledAt'],
      [{ conversationId: conversation, content: 'Hi', fit: 'loosely' }, 400, 'fit'],
      [{ channelId: channel.id, to: 'not an address at all', content: 'Hi' }, 400, 'to'],
    ];
    for (const [body, status, field] of bodies) {
      const refused = await tenant.post('/messages', body);
      expect([status, field], refused.text).toEqual([refused.status, refused.body.details?.[0]?.field]);
    }
    expect(
      (await tenant.post('/messages', { conversationId: conversation, content: 'Hi', replyTo: 'msg_1' })).status,
    ).toBe(404);
    expect((await tenant.post('/messages', { channelId: 'ch_1', to: '88', content: 'Hi' })).body.code).toBe(
      'CHANNEL_NOT_FOUND',
    );
  });

  it('answers a message of the same workspace only', async () => {
    const body = { conversationId: conversation, content: 'About that', replyTo: inbound };
    expect((await tenant.post('/messages', body)).body).toMatchObject({ replyTo: inbound });
    const other = await api.tenant('Neighbours');
    const elsewhere = await telegramChannel(api, other, 7_000_000_777);
    const theirs = await other.post('/messages', { channelId: elsewhere.id, to: '88', content: 'x', replyTo: inbound });
    expect([theirs.status, theirs.body.code]).toEqual([404, 'MESSAGE_NOT_FOUND']);
  });

  it('is refused to somebody who has opted out', async () => {
    const [message] = await peopleWrite(api, channel, [{ from: 89, text: 'Leave me alone' }]);
    await api.db.query(`update identities set consent = 'opted_out' where value = '89' and workspace_id = $1`, [
      uuidOf(tenant.workspaceId),
    ]);
    const refused = await tenant.post('/messages', { conversationId: message!.conversationId, content: 'But wait' });
    expect([refused.status, refused.body.code]).toEqual([422, 'RECIPIENT_OPTED_OUT']);
  });

  it('costs few round trips', async () => {
    let queries = 0;
    const { pool } = api.db;
    const connect = pool.connect.bind(pool);
    // Counted on the wire: every query of every connection.
    pool.connect = (async () => {
      const client = await connect();
      const query = client.query.bind(client);
      client.query = ((...args: Parameters<typeof query>) => {
        queries++;
        return query(...args);
      }) as typeof client.query;
      const release = client.release.bind(client);
      client.release = (error) => {
        client.query = query;
        client.release = release;
        release(error);
      };
      return client;
    }) as typeof pool.connect;
    await tenant.post('/messages', { conversationId: conversation, content: 'Quick' });
    pool.connect = connect as typeof pool.connect;
    expect(queries).toBeLessThanOrEqual(7);
  });
});

describe('reading', () => {
  it('shows what a customer wrote as the unified message', async () => {
    const { body } = await tenant.get(`/messages/${inbound}`);
    expect(body).toMatchObject({
      id: inbound,
      channelId: channel.id,
      channelType: 'telegram',
      direction: 'inbound',
      from: '88',
      content: { type: 'text', text: 'Where is my order?' },
      contentType: 'text',
      status: 'delivered',
      senderType: 'contact',
      senderId: expect.stringMatching(/^contact_/),
      externalId: expect.stringMatching(/^88:\d+$/),
      metadata: { profileName: 'P88' },
    });
    expect(body.statusHistory).toEqual([{ status: 'delivered', timestamp: body.createdAt }]);
  });

  it('finds messages by the provider’s id, inbound and outbound', async () => {
    const { externalId } = (await tenant.get(`/messages/${inbound}`)).body;
    const found = await tenant.get(`/messages?channelId=${channel.id}&externalId=${encodeURIComponent(externalId)}`);
    expect(found.body.data.map((one: { id: string }) => one.id)).toEqual([inbound]);
    const sent = await tenant.post('/messages', { conversationId: conversation, content: 'Ours' });
    const delivery = sent.body.metadata.delivery.id as string;
    await api.db.query(
      `insert into delivery_parts (workspace_id, delivery_id, no, channel_id, part_key, external_id, state) values ($1, $2, 0, $3, $4, '88:4711', 3)`,
      [uuidOf(tenant.workspaceId), uuidOf(delivery), uuidOf(channel.id), `${delivery}.0`],
    );
    await api.db.query(
      `update deliveries set state = 5, sent_at = now(), delivered_at = now() + interval '1 second' where id = $1`,
      [uuidOf(delivery)],
    );
    const ours = await tenant.get('/messages?externalId=88:4711');
    expect(ours.body.data).toMatchObject([{ id: sent.body.id, externalId: '88:4711', status: 'delivered' }]);
    expect((await tenant.get('/messages?externalId=88:999999')).body.data).toEqual([]);
    const { statusHistory } = (await tenant.get(`/messages/${sent.body.id}`)).body;
    expect(statusHistory.map((one: { status: string }) => one.status)).toEqual(['pending', 'sent', 'delivered']);
  });

  it('filters by direction, status, kind, words and time', async () => {
    const count = async (query: string) =>
      (await tenant.get(`/messages?conversationId=${conversation}&${query}`)).body.pagination.total;
    const all = await count('');
    expect((await count('direction=inbound')) + (await count('direction=outbound'))).toBe(all);
    expect(await count('direction=inbound')).toBe(1);
    expect((await count('status=pending')) + (await count('status=delivered'))).toBe(all);
    expect(await count('search=ORDER')).toBe(1);
    expect(await count('contentType=image')).toBe(0);
    expect(await count('endDate=2020-01-01')).toBe(0);
    expect((await tenant.get('/messages?status=lost')).status).toBe(400);
    expect((await tenant.get('/messages?startDate=soon')).body.details[0].field).toBe('startDate');
  });

  it('says why a message failed, in our words and the provider’s', async () => {
    const sent = await tenant.post('/messages', { conversationId: conversation, content: 'Lost' });
    await api.db.query(`update deliveries set state = 4, failed_at = now(), error = $2 where id = $1`, [
      uuidOf(sent.body.metadata.delivery.id),
      JSON.stringify({
        code: 'opted_out',
        providerCode: '403',
        providerMessage: 'Forbidden: bot was blocked by the user',
      }),
    ]);
    const { body } = await tenant.get(`/messages/${sent.body.id}`);
    expect(body.status).toBe('failed');
    expect(body.failedReason).toBe(
      'The recipient has opted out or blocked this channel. (403 Forbidden: bot was blocked by the user)',
    );
  });
});

describe('previewing', () => {
  it('shows the provider’s requests, for types, for a channel and for a contact, and sends nothing', async () => {
    const content = { text: 'Which?', buttons: [{ type: 'reply', text: 'Red', payload: 'red' }] };
    const before = (await tenant.get('/messages')).body.pagination.total;
    const types = await tenant.post('/messages/preview', { content, channelTypes: ['telegram', 'whatsapp'] });
    expect(types.status, types.text).toBe(200);
    expect(types.body.data.map((one: { channelType: string }) => one.channelType)).toEqual(['telegram', 'whatsapp']);
    expect(types.body.data[0].requests[0]).toMatchObject({ name: 'sendMessage', body: { text: 'Which?' } });
    const one = await tenant.post('/messages/preview', { content, channelId: channel.id });
    expect(one.body.data).toMatchObject([
      { channelType: 'telegram', channelId: channel.id, fits: true, parts: [{ content: { type: 'text' } }] },
    ]);
    const { contactId } = (await tenant.get(`/conversations/${conversation}`)).body;
    const theirs = await tenant.post('/messages/preview', { content, contactId });
    expect(theirs.body.data[0]).toMatchObject({ recipient: { identifier: '88' } });
    expect(JSON.stringify(theirs.body.data[0].requests)).toContain('88');
    expect((await tenant.get('/messages')).body.pagination.total).toBe(before);
    expect((await tenant.post('/messages/preview', { content, channelTypes: ['pigeon'] })).body.code).toBe(
      'INVALID_CHANNEL_TYPE',
    );
  });
});

describe('the stream of events', () => {
  it('tells what happens, and what happened since a cursor', async () => {
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}/api/v1/events/stream?types=message.queued`;
    const open = async (lastEventId?: string) => {
      const stop = new AbortController();
      const answer = await fetch(url, {
        headers: { 'x-api-key': tenant.key, ...(lastEventId && { 'last-event-id': lastEventId }) },
        signal: stop.signal,
      });
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      const next = async (): Promise<{ id: string; subjectId: string; type: string }> => {
        for (;;) {
          const found = /^id: .*\ndata: (.*)\n\n/m.exec(text);
          if (found) {
            text = text.slice(found.index + found[0].length);
            return JSON.parse(found[1]!);
          }
          const { value, done } = await reader.read();
          if (done) throw new Error('The stream ended.');
          text += value;
        }
      };
      return { next, close: () => stop.abort() };
    };
    const live = await open();
    // The stream begins at a place of the log; give it the moment to read it.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const sent = await tenant.post('/messages', { conversationId: conversation, content: 'Watched' });
    // A transaction elsewhere may hold the log back: what was queued just before may be told first.
    let event = await live.next();
    while (event.subjectId !== sent.body.id) event = await live.next();
    expect(event).toMatchObject({ type: 'message.queued', subjectId: sent.body.id });
    live.close();
    const missed = await tenant.post('/messages', { conversationId: conversation, content: 'Missed' });
    const resumed = await open(event.id);
    expect((await resumed.next()).subjectId).toBe(missed.body.id);
    resumed.close();
  });
});
