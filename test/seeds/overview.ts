import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { NUMBER, waitFor } from '../stage/channels.ts';
import type { Stage } from '../stage/inside.ts';
import { connectLab, DOORS, labDoor, type Message, messagesOn, untilActive, untilShown } from './doors.ts';
import { ask, readTypes } from './entry.ts';
import { type Call, readObject, readProgram } from './read_code.ts';
import { type Block, readDiagram } from './read_document.ts';

/** The diagram: the customer's device and the platform talk both ways through a provider's API, and so do the platform and a bot or an agent. */
export async function joinsCustomerAndBot(stage: Stage, block: Block): Promise<void> {
  const { boxes, arrows } = readDiagram(block);
  expect(boxes).toEqual(['Customer Device', 'Linktor Platform', 'Your Bot/Agent']);
  expect(arrows).toEqual(['◄───►', '◄───►']);
  expect(block.text).toContain('(WhatsApp, etc.)');

  const door = await DOORS.whatsapp!(stage);
  const heard: string[] = [];
  const bot = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { data } = JSON.parse(Buffer.concat(parts).toString()) as { data: { message: Message } };
    heard.push(data.message.content.text!);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ messages: ['The bot hears you.'] }));
  });
  await new Promise<void>((resolve) => bot.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(bot.address() as AddressInfo).port}/`;
    stage.allow(new URL(url).origin);
    const { id } = await stage.api<{ id: string }>('/bots', 'POST', {
      name: 'Your bot',
      kind: 'webhook',
      config: { url },
    });
    await stage.api(`/channels/${door.channelId}`, 'PATCH', { defaultBotId: id });
    const { conversationId } = await door.say('Hello bot');
    await untilShown(door, 'The bot hears you.');
    expect(heard).toEqual(['Hello bot']);
    const said = await stage.api<Message>(`/conversations/${conversationId}/messages`, 'POST', {
      text: 'The agent greets you.',
    });
    expect(said.senderType).toBe('agent');
    await untilShown(door, 'The agent greets you.');
  } finally {
    bot.close();
  }
}

/** The unified message: each member, of its kind, for a message of every channel type there is; word for word where the block can be acted. */
export async function unifies(stage: Stage, block: Block): Promise<void> {
  const sample = JSON.parse(block.text) as Message;
  const text = sample.content.text!;
  for (const type of (await readTypes(stage)).keys()) {
    const open = DOORS[type];
    if (!open) throw new Error(`Nobody has said how a customer writes on ${type}: add its door to doors.ts.`);
    const door = await open(stage, { phone: sample.to });
    const said = await door.say(text);
    const { id } = said;
    const { body: message } = await ask<Message>(stage, 'GET', `/messages/${id}`);
    // A picture is told by web chat and Viber at once: Meta sends none, and Telegram's link would hold the bot's token.
    const untold = ['metadata.profilePicture', ...(door.tellsNames ? [] : ['metadata.profileName'])];
    expect(
      unlike(sample, message).filter((path) => !untold.includes(path)),
      type,
    ).toEqual([]);
    expect(message).toMatchObject({ channelId: door.channelId, channelType: type, direction: sample.direction });
    expect(message.content.text).toBe(text);
    // A mail is a mail; all else is what the sample says.
    expect(message.content.type).toBe(type === 'email' ? 'email' : sample.content.type);
    if (door.tellsNames) expect(message.metadata.profileName).toBe(door.customer.name);
    expect(message.from).toBe(door.customer.address);
    if (type === sample.channelType)
      expect([message.from, message.to]).toEqual([expect.stringMatching(/^\+\d+$/), sample.to]);

    // The other direction is the same form.
    const { conversationId } = message;
    const answer = await stage.api<Message>('/messages', 'POST', { conversationId, content: sample.content });
    expect(unlike(sample, answer), type).toEqual(['metadata.profileName', 'metadata.profilePicture']);
    expect(answer).toMatchObject({ direction: 'outbound', from: message.to, to: message.from });
    await untilShown(door, text);
  }
}

/** The paths at which something has not the form of the sample: absent, of another kind, an id of another prefix, no time where there is one. */
function unlike(sample: unknown, real: unknown, at = ''): string[] {
  if (typeof sample === 'object' && sample !== null) {
    if (typeof real !== 'object' || real === null) return [at];
    return Object.entries(sample).flatMap(([key, inner]) =>
      unlike(inner, (real as Record<string, unknown>)[key], at ? `${at}.${key}` : key),
    );
  }
  return typeof real === typeof sample && formOf(real) === formOf(sample) ? [] : [at];
}

function formOf(value: unknown): string {
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return 'time';
  return /^(msg|ch)_[a-z0-9]+$/.exec(text)?.[1] ?? (/^https:\/\//.test(text) ? 'link' : 'text');
}

/** The create call: as printed it is answered 201; with real values for its placeholders the channel becomes a two-way connection. */
export async function createsWhatsApp(stage: Stage, block: Block): Promise<void> {
  const { calls } = readProgram(block.text);
  expect(calls.map(({ name }) => name)).toEqual(['new Linktor', 'client.channels.create']);
  expect(calls[0]!.args).toEqual([{ apiKey: 'YOUR_API_KEY' }]);
  type Made = { id: string; type: string; name: string; config: object; webhookUrl: string };
  const [printed] = calls[1]!.args as [{ type: string; name: string; config: Record<string, string> }];
  const answer = await perform<Made>(stage, calls[1]!);
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ type: printed.type, name: printed.name });
  expect(Object.keys(answer.body.config)).toEqual(expect.arrayContaining(Object.keys(printed.config)));
  expect(JSON.stringify(answer.body), 'no secret comes back').not.toContain(printed.config.accessToken);

  const real: Record<string, string> = {
    YOUR_PHONE_NUMBER_ID: NUMBER.phoneNumberId,
    YOUR_ACCESS_TOKEN: NUMBER.accessToken,
    YOUR_VERIFY_TOKEN: NUMBER.verifyToken,
  };
  const config = Object.fromEntries(Object.entries(printed.config).map(([key, value]) => [key, real[value]]));
  connectLab(stage, '+15550100001');
  const made = await perform<Made>(stage, { ...calls[1]!, args: [{ ...printed, config }] });
  expect(made.status).toBe(201);
  const { id, webhookUrl } = made.body;
  await untilActive(stage, id);
  const query = `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${NUMBER.verifyToken}`;
  expect(await (await fetch(`${webhookUrl}?${query}`)).text(), 'the verify token is the one given').toBe('1158201444');

  // Meta signs with the app's secret, which the block leaves out: the platform says so, and needs that one value more.
  const test = await stage.api<{ success: boolean; tests: object[] }>(`/channels/${id}/test`, 'POST');
  expect(test.tests).toContainEqual(
    expect.objectContaining({ name: 'webhook', status: 'failed', message: expect.stringContaining('no app secret') }),
  );
  await stage.api(`/channels/${id}`, 'PATCH', { config: { appSecret: NUMBER.appSecret } });
  await untilActive(stage, id);
  connectLab(stage, '+15550100001', webhookUrl);
  const door = labDoor(stage, 'whatsapp', NUMBER.phoneNumberId, id, 0, ({ phone }) => phone);
  const { conversationId } = await door.say('In');
  await stage.api(`/conversations/${conversationId}/messages`, 'POST', { text: 'Out' });
  await untilShown(door, 'Out');
}

/** The routing rules: posted as printed, they send the messages of the channels that they name to the bot that they name, and of no others. */
export async function routes(stage: Stage, block: Block): Promise<void> {
  const flow = readObject(block.text) as { triggers: { channels: string[]; action: string }[] };
  const early = await ask<{ details: unknown[] }>(stage, 'POST', '/routes', flow);
  expect(early.status, 'a rule that leads nowhere is refused').toBe(400);
  const bot = await stage.api<{ id: string }>('/bots', 'POST', { name: 'Sales bot', kind: 'echo' });
  await stage.api('/inboxes', 'POST', { name: 'Support inbox' });
  const made = await ask<object>(stage, 'POST', '/routes', flow);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject(flow);

  const named = flow.triggers.find(({ action }) => action === 'route_to_sales_bot')!.channels;
  expect(named).toEqual(expect.arrayContaining(['telegram', 'whatsapp']));
  for (const type of named) {
    const door = await DOORS[type]!(stage);
    await door.say(`Sales on ${type}, please`);
    await untilShown(door, `Sales on ${type}, please`);
    const answer = (await messagesOn(stage, door.channelId)).find(({ direction }) => direction === 'outbound');
    expect(answer).toMatchObject({ senderType: 'bot', senderId: bot.id });
  }
  const inbox = await stage.api<{ data: { id: string; name: string }[] }>('/inboxes');
  const mails = await DOORS.email!(stage);
  const mail = await mails.say('Support, please');
  await waitFor(
    async () => (await stage.db.query(ROUTED, [mail.id.slice(4)])).rows.length === 1,
    'It was not decided.',
  );
  const [routed] = (await stage.db.query<{ holder: { kind: string; name: string } }>(HOLDER, [mail.id.slice(4)])).rows;
  expect(routed!.holder).toMatchObject({ kind: 'inbox', name: inbox.data[0]!.name });
  expect(await messagesOn(stage, mails.channelId), 'no bot answers').toHaveLength(1);

  const other = await DOORS.webchat!(stage);
  const { id } = await other.say('Nobody is meant to answer here');
  await waitFor(async () => (await stage.db.query(ROUTED, [id.slice(4)])).rows.length === 1, 'It was not decided.');
  expect(await messagesOn(stage, other.channelId)).toHaveLength(1);
}
const HOLDER = `select data->'holder' as holder from events where type = 'message.routed' and subject_id = $1`;
const ROUTED = `select 1 from events where type = 'message.routed' and subject_id = $1`;

/** The conversations of one contact over all channels, by the call as printed with a real contact in it. */
export async function listsAcrossChannels(stage: Stage, block: Block): Promise<void> {
  const { calls } = readProgram(block.text);
  expect(calls.map(({ name }) => name)).toEqual(['client.conversations.list']);
  type Page = { data: { id: string; contactId: string; channelType: string }[] };
  const [printed] = calls[0]!.args as [{ contactId: string; includeAllChannels: boolean }];
  const nobody = await perform<Page>(stage, calls[0]!);
  expect([nobody.status, nobody.body.data], 'nobody is called that').toEqual([200, []]);

  const doors = [await DOORS.whatsapp!(stage), await DOORS.telegram!(stage)];
  const contact = await stage.api<{ id: string }>('/contacts', 'POST', {
    name: 'Ana',
    identifiers: doors.map(({ channelId, customer }) => ({ channelId, identifier: customer.address })),
  });
  const said: Message[] = [];
  for (const door of doors) said.push(await door.say(`On ${door.channelId}`));
  const somebodyElse = await DOORS.webchat!(stage);
  await somebodyElse.say('I am somebody else');

  const args = [{ ...printed, contactId: contact.id }];
  const found = await perform<Page>(stage, { ...calls[0]!, args });
  expect(found.status).toBe(200);
  expect(found.body.data.map(({ id }) => id).toSorted()).toEqual(said.map((one) => one.conversationId).toSorted());
  expect(found.body.data.map(({ channelType }) => channelType).toSorted()).toEqual(['telegram', 'whatsapp']);
  const narrowed = { ...args[0], channelId: doors[0]!.channelId };
  expect((await perform<Page>(stage, { ...calls[0]!, args: [narrowed] })).body.data, 'whatever channel').toHaveLength(
    2,
  );
  const timeline = await stage.api<{ data: Message[] }>(`/contacts/${contact.id}/timeline`);
  expect(timeline.data.map(({ id }) => id)).toEqual(said.map(({ id }) => id).toReversed());
}

/** What a call of the SDK is over HTTP; the SDK writes a query as axios does. */
function perform<T>(stage: Stage, { name, args: [arg] }: Call): ReturnType<typeof ask<T>> {
  if (name === 'client.channels.create') return ask<T>(stage, 'POST', '/channels', arg);
  if (name === 'client.conversations.list') {
    const query = new URLSearchParams(Object.entries(arg as object).map(([key, value]) => [key, String(value)]));
    return ask<T>(stage, 'GET', `/conversations?${query}`);
  }
  throw new Error(`Nobody has said what ${name}() is over HTTP.`);
}
