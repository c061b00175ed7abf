import { newId, uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peopleWrite, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

let api: TestApi;
let tenant: Tenant;
beforeAll(async () => {
  api = await startApi();
  tenant = await api.tenant('Shop');
});
afterAll(() => api.stop());

const eventsOf = async (id: string): Promise<string[]> =>
  (
    await api.db.query<{ type: string }>('select type from events where subject_id = $1 order by seq', [uuidOf(id)])
  ).rows.map((row) => row.type);

describe('contacts', () => {
  it('are created, found, changed, tagged and deleted, each with its event', async () => {
    const made = await tenant.post('/contacts', {
      name: 'Ana',
      email: 'Ana@Example.com',
      phone: '+55 11 99999-9999',
      externalId: 'crm-1',
      tags: ['vip', 'vip'],
      customFields: { plan: 'pro' },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'Ana',
      phone: '+5511999999999',
      tags: ['vip'],
      identifiers: [],
      conversationCount: 0,
    });
    const path = `/contacts/${made.body.id}`;
    for (const query of [
      'email=ana%40example.com&limit=1',
      'phone=%2B5511999999999&limit=1',
      'phone=%2B55%2011%2099999-9999',
      'externalId=crm-1',
      'search=ANA',
    ]) {
      expect([query, (await tenant.get(`/contacts?${query}`)).body.data.map((one: { id: string }) => one.id)]).toEqual([
        query,
        [made.body.id],
      ]);
    }
    expect((await tenant.get('/contacts?email=nobody%40example.com&limit=1')).body).toMatchObject({
      data: [],
      pagination: { total: 0, hasMore: false },
    });
    const changed = await tenant.patch(path, { email: null, customFields: { seats: 3 } });
    expect(changed.body).toMatchObject({ name: 'Ana', customFields: { plan: 'pro', seats: 3 } });
    expect(changed.body.email).toBeUndefined();
    expect((await tenant.post(`${path}/tags`, { tags: ['late'] })).body.tags).toEqual(['vip', 'late']);
    expect((await tenant.delete(`${path}/tags`, { tags: ['vip'] })).body.tags).toEqual(['late']);
    expect((await tenant.delete(path)).status).toBe(204);
    expect((await tenant.get(path)).body.code).toBe('CONTACT_NOT_FOUND');
    expect(await eventsOf(made.body.id)).toEqual([
      'contact.created',
      'contact.updated',
      'contact.updated',
      'contact.updated',
      'contact.deleted',
    ]);
  });

  it('refuse what is no phone number and no address', async () => {
    const phone = await tenant.post('/contacts', { name: 'x', phone: '555 1234' });
    expect([phone.status, phone.body.details[0].field]).toEqual([400, 'phone']);
    expect((await tenant.post('/contacts', { name: 'x', email: 'nobody' })).body.details[0].field).toBe('email');
  });

  it('may begin with addresses on channels, which are then theirs when they write', async () => {
    const channel = await telegramChannel(api, tenant);
    const identifiers = [{ channelType: 'telegram', channelId: channel.id, identifier: '4242', displayName: 'Ben' }];
    const made = await tenant.post('/contacts', { name: 'Benjamin', identifiers });
    expect(made.body.identifiers).toMatchObject([
      { channelType: 'telegram', channelId: channel.id, identifier: '4242', displayName: 'Ben' },
    ]);
    const [message] = await peopleWrite(api, channel, [{ from: 4242, text: 'It is me' }]);
    expect((await tenant.get(`/conversations/${message!.conversationId}`)).body.contactId).toBe(made.body.id);
    const taken = await tenant.post('/contacts', { name: 'Other', identifiers });
    expect([taken.status, taken.body.details[0].field]).toEqual([409, 'identifiers[0].identifier']);
    const wrong = await tenant.post('/contacts', {
      name: 'Other',
      identifiers: [{ channelId: 'ch_1', identifier: '1' }],
    });
    expect([wrong.status, wrong.body.details[0].field]).toEqual([400, 'identifiers[0].channelId']);
  });

  it('come back blank when somebody deleted writes again', async () => {
    const channel = await telegramChannel(api, tenant, 7_000_000_011);
    const [first] = await peopleWrite(api, channel, [{ from: 5151, text: 'Forget me' }]);
    const contactId = (await tenant.get(`/conversations/${first!.conversationId}`)).body.contactId as string;
    await tenant.patch(`/contacts/${contactId}`, { name: 'Carla', tags: ['vip'] });
    expect((await tenant.delete(`/contacts/${contactId}`)).status).toBe(204);
    expect((await tenant.get(`/contacts/${contactId}`)).status).toBe(404);
    await peopleWrite(api, channel, [{ from: 5151, text: 'Hello again' }]);
    // What the router folds from the log.
    await api.db.query('update conversations set last_inbound_at = clock_timestamp() where id = $1', [
      uuidOf(first!.conversationId),
    ]);
    const back = await tenant.get(`/contacts/${contactId}`);
    expect([back.status, back.body.tags]).toEqual([200, []]);
    expect(back.body.name).not.toBe('Carla');
  });

  it('show their conversations, their timeline over all channels, and where they can be reached', async () => {
    const telegram = await telegramChannel(api, tenant, 7_000_000_012);
    const other = await telegramChannel(api, tenant, 7_000_000_013);
    const [here] = await peopleWrite(api, telegram, [{ from: 6161, text: 'Here' }]);
    const contactId = (await tenant.get(`/conversations/${here!.conversationId}`)).body.contactId as string;
    const [there] = await peopleWrite(api, other, [{ from: 6161, text: 'There' }]);
    const elsewhere = (await tenant.get(`/conversations/${there!.conversationId}`)).body.contactId as string;
    // One person: what linking will do.
    await api.db.query('update identities set contact_id = $1 where contact_id = $2', [
      uuidOf(contactId),
      uuidOf(elsewhere),
    ]);
    await api.db.query('update conversations set contact_id = $1 where contact_id = $2', [
      uuidOf(contactId),
      uuidOf(elsewhere),
    ]);
    const conversations = await tenant.get(
      `/conversations?contactId=${contactId}&includeAllChannels=true&channelId=${other.id}`,
    );
    expect(conversations.body.data.map((one: { channelId: string }) => one.channelId).sort()).toEqual(
      [telegram.id, other.id].sort(),
    );
    expect((await tenant.get(`/conversations?contactId=${contactId}&channelId=${other.id}`)).body.data).toHaveLength(1);
    expect((await tenant.get(`/contacts/${contactId}/conversations`)).body.pagination.total).toBe(2);
    const timeline = await tenant.get(`/contacts/${contactId}/timeline`);
    expect(timeline.body.data.map((one: { content: { text: string } }) => one.content.text)).toEqual(['There', 'Here']);
    const reach = await tenant.get(`/contacts/${contactId}/reachability`);
    expect(reach.body.identities).toMatchObject([
      {
        channelId: telegram.id,
        identifier: '6161',
        canSend: false,
        optedOut: false,
        needsTemplate: false,
        reason: 'The channel is not connected.',
      },
      { channelId: other.id },
    ]);
    expect((await tenant.get('/conversations?contactId=contact_123&includeAllChannels=true')).body.data).toEqual([]);
  });
});

describe('conversations', () => {
  let id: string;
  let path: string;
  beforeAll(async () => {
    const channel = await telegramChannel(api, tenant, 7_000_000_020);
    const messages = await peopleWrite(api, channel, [
      { from: 71, text: 'One' },
      { from: 71, text: 'Two' },
      { from: 71, text: 'Three' },
    ]);
    id = messages[0]!.conversationId;
    path = `/conversations/${id}`;
  });

  it('are changed, resolved and reopened, each with the event that tells it', async () => {
    expect((await tenant.patch(path, { status: 'closed' })).body.status).toBe('resolved');
    expect((await tenant.get('/conversations?status=closed')).body.data.map((one: { id: string }) => one.id)).toContain(
      id,
    );
    expect((await tenant.get('/conversations/counts')).body.resolved).toBe(1);
    expect(
      (await tenant.patch(path, { status: 'open', priority: 'high', metadata: { a: 1 }, tags: ['x'] })).body,
    ).toMatchObject({ status: 'open', priority: 'high', metadata: { a: 1 }, tags: ['x'] });
    expect((await tenant.put(path, { metadata: { b: 2 } })).body.metadata).toEqual({ a: 1, b: 2 });
    expect((await tenant.post(`${path}/tags`, { tags: ['y'] })).body.tags).toEqual(['x', 'y']);
    expect((await tenant.delete(`${path}/tags`, { tags: ['x'] })).body.tags).toEqual(['y']);
    expect((await tenant.get('/conversations?tags[]=y')).body.data).toHaveLength(1);
    expect(await eventsOf(id)).toEqual([
      'conversation.created',
      'conversation.resolved',
      'conversation.reopened',
      'conversation.updated',
      'conversation.updated',
      'conversation.updated',
    ]);
    const faulty = await tenant.patch(path, { status: 'gone', priority: 'now' });
    expect(faulty.body.details.map((fault: { field: string }) => fault.field)).toEqual(['status', 'priority']);
  });

  it('are assigned to members of the workspace only', async () => {
    const member = newId('member');
    const add = 'insert into members (workspace_id, id, name, email, role) values ($1, $2, $3, $3, $4)';
    await api.db.query(add, [uuidOf(tenant.workspaceId), uuidOf(member), 'Mia', 'member']);
    const assigned = await tenant.post(`${path}/assign`, { agentId: member });
    expect(assigned.body).toMatchObject({ assignedTo: member, assignedAt: expect.any(String) });
    expect((await tenant.get(`/conversations?assignedTo=${member}`)).body.data).toHaveLength(1);
    expect((await tenant.post(`${path}/unassign`)).body.assignedTo).toBeNull();
    expect((await tenant.patch(path, { assignedTo: member })).body.assignedTo).toBe(member);
    expect((await tenant.patch(path, { assignedTo: null })).body.assignedTo).toBeNull();
    const stranger = newId('member');
    const other = await api.tenant('Neighbours');
    await api.db.query(add, [uuidOf(other.workspaceId), uuidOf(stranger), 'Max', 'member']);
    for (const agentId of [stranger, newId('member'), 'agent-1']) {
      expect((await tenant.post(`${path}/assign`, { agentId })).status).toBe(404);
    }
    expect((await tenant.post(`${path}/assign`, {})).body.details).toEqual([
      { field: 'agentId', message: 'is required' },
    ]);
  });

  it('sleep until a moment, and read as open after it', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    expect((await tenant.post(`${path}/snooze`, { until })).body).toMatchObject({
      status: 'snoozed',
      snoozedUntil: until,
    });
    await api.db.query(`update conversations set snoozed_until = now() - interval '1 second' where id = $1`, [
      uuidOf(id),
    ]);
    const awake = await tenant.get(path);
    expect(awake.body.status).toBe('open');
    expect(awake.body.snoozedUntil).toBeUndefined();
    expect((await tenant.get('/conversations?status=snoozed')).body.data).toEqual([]);
    expect((await tenant.post(`${path}/snooze`)).body.status).toBe('snoozed');
    expect((await tenant.post(`${path}/snooze`, { until: 'later' })).status).toBe(400);
  });

  it('are marked read, wholly or up to a message', async () => {
    await api.db.query('update conversations set unread_count = 3 where id = $1', [uuidOf(id)]);
    const messages = await tenant.get(`${path}/messages`);
    const second = messages.body.data[1];
    expect(second.content.text).toBe('Two');
    expect((await tenant.post(`${path}/read`, { messageIds: [second.id] })).body.unreadCount).toBe(1);
    expect((await tenant.post(`${path}/read`)).body.unreadCount).toBe(0);
  });

  it('list their messages newest first, before and after another', async () => {
    const { data } = (await tenant.get(`${path}/messages`)).body;
    const texts = (list: { content: { text: string } }[]) => list.map((one) => one.content.text);
    expect(texts(data)).toEqual(['Three', 'Two', 'One']);
    expect(texts((await tenant.get(`${path}/messages?before=${data[0].id}`)).body.data)).toEqual(['Two', 'One']);
    expect(texts((await tenant.get(`${path}/messages?after=${data[2].id}`)).body.data)).toEqual(['Three', 'Two']);
    expect((await tenant.get(`${path}/messages?before=msg_1`)).status).toBe(404);
    expect((await tenant.get(`${path}/messages?before=whenever`)).status).toBe(400);
    expect((await tenant.get(`${path}/messages/${data[1].id}`)).body.content.text).toBe('Two');
  });
});
