import { DEMO_CHANNELS, type DemoChannel } from '../../server/src/lab/demo_channels.ts';
import { NUMBER, waitFor } from '../stage/channels.ts';
import type { Stage } from '../stage/inside.ts';

/** A message as the API answers it, in the members that the documents speak of. */
export interface Message {
  id: string;
  conversationId: string;
  channelId: string;
  channelType: string;
  direction: string;
  from: string;
  to: string;
  content: Record<string, unknown> & { type: string; text?: string };
  status: string;
  senderType: string;
  senderId?: string;
  metadata: Record<string, unknown>;
}

/** One connected channel with a customer at its far end. */
export interface Door {
  channelId: string;
  customer: { name: string; address: string };
  /** Whether the provider tells the name of who writes. */
  tellsNames: boolean;
  /** The customer writes; answers when the API knows of it. */
  say(text: string): Promise<Message>;
  /** The customer does something else. */
  act(deed: Parameters<Stage['lab']['act']>[3]): void;
  /** All words that the customer has been shown by the business so far. */
  shown(): Promise<string[]>;
}

const BOT = { account: '7000000001', botToken: '7000000001:TEST-telegram-bot-token-not-real0001' };
const PICTURE = 'https://pictures.example.com/ana.jpg';

/** How a customer gets to us on each channel type that exists. */
export const DOORS: Record<string, (stage: Stage, options?: { phone?: string; person?: number }) => Promise<Door>> = {
  async whatsapp(stage, { phone = '+15550100001', person = 0 } = {}) {
    connectLab(stage, phone);
    const channel = await makeChannel(stage, { type: 'whatsapp', name: 'WhatsApp', config: NUMBER });
    return labDoor(stage, 'whatsapp', NUMBER.phoneNumberId, channel, person, ({ phone }) => phone);
  },
  async telegram(stage, { person = 0 } = {}) {
    const { account, botToken } = BOT;
    stage.lab.account({ provider: 'telegram', account, credentials: { botToken, username: 'seed_bot' } });
    const channel = await makeChannel(stage, { type: 'telegram', name: 'Telegram', config: { botToken } });
    return labDoor(stage, 'telegram', account, channel, person, ({ telegram }) => String(telegram.id));
  },
  async webchat(stage) {
    const channel = await makeChannel(stage, { type: 'webchat', name: 'Shop', config: {} });
    const name = 'Ana Prado';
    const open = (token?: string) =>
      call<{ token: string; visitorId: string; messages: { from: string; content: unknown }[] }>(
        `${stage.app.url}/webchat/${channel}/sessions`,
        { token, profile: { name, picture: PICTURE } },
      );
    const { token, visitorId } = await open();
    let sent = 0;
    return {
      channelId: channel,
      tellsNames: true,
      customer: { name, address: visitorId },
      act() {
        throw new Error('Nobody plays the web chat: it is real.');
      },
      async say(text) {
        const events = [{ type: 'message', id: `seed-${++sent}`, text }];
        await call(`${stage.app.url}/webhooks/webchat/${channel}`, { events }, { authorization: `Bearer ${token}` });
        return arrived(stage, channel, text);
      },
      async shown() {
        const { messages } = await open(token);
        return messages.flatMap(({ from, content }) => (from === 'business' ? wordsOf(content) : []));
      },
    };
  },
};

type Customer = Stage['lab']['people'][number];

/** What a channel calls its customers, whether its provider tells their names, and how they speak where a text is not the way. */
const CUSTOMERS: Record<string, { addressOf(person: Customer): string; tellsNames: boolean; by?: 'mail' | 'call' }> = {
  sms: { addressOf: ({ phone }) => phone, tellsNames: false },
  rcs: { addressOf: ({ phone }) => phone, tellsNames: false },
  voice: { addressOf: ({ phone }) => phone, tellsNames: false, by: 'call' },
  email: { addressOf: ({ email }) => email, tellsNames: true, by: 'mail' },
  facebook: { addressOf: ({ facebook }) => facebook.psid, tellsNames: false },
  instagram: { addressOf: ({ instagram }) => instagram.igsid, tellsNames: false },
  viber: { addressOf: ({ viber }) => viber.id, tellsNames: true },
  line: { addressOf: ({ line }) => line.userId, tellsNames: false },
};

// The other channels are met as the demo workspace meets them.
for (const make of DEMO_CHANNELS) {
  const demo = make((name) => `seed-${name}-`.replaceAll(' ', '-').padEnd(43, 'x'));
  if (!DOORS[demo.type]) DOORS[demo.type] = (stage, options) => demoDoor(stage, demo, options?.person ?? 0);
}

async function demoDoor(stage: Stage, demo: DemoChannel, person: number): Promise<Door> {
  const { type, name, config, account, pasteWebhook } = demo;
  const here = CUSTOMERS[type];
  if (!here || !account) throw new Error(`Nobody has said what ${type} calls its customers: add it to doors.ts.`);
  const provider = type as Parameters<Stage['lab']['act']>[0];
  stage.lab.account({ provider, ...account });
  const body = { type, name, config };
  type Made = { id: string; name: string; webhookUrl: string };
  // One block may open the same door twice.
  const { data } = await stage.api<{ data: Made[] }>('/channels?limit=100');
  const known = data.find((one) => one.name === name);
  const { id, webhookUrl } = known ?? (await stage.api<Made>('/channels', 'POST', body));
  if (pasteWebhook) stage.lab.account({ provider, ...account, webhookUrl });
  await untilActive(stage, id);
  const customer = stage.lab.people[person]!;
  const act = (deed: Parameters<Stage['lab']['act']>[3]) => stage.lab.act(provider, account.account, customer.id, deed);
  const phone = () => stage.lab.phone(provider, account.account, customer.id).messages;
  const says = (): string[] => phone().flatMap(({ call }) => call?.says ?? []);
  /** The customer is on the line and has been asked something: whom nobody listens to nobody hears. */
  const answerCall = async (): Promise<void> => {
    const isOpen = () => phone().some(({ call }) => call?.state === 'in_call');
    if (!isOpen()) act({ do: 'dial' });
    await waitFor(async () => isOpen() && (await messagesOn(stage, id)).length > 0, 'The call was not answered.');
    const [{ conversationId } = { conversationId: '' }] = await messagesOn(stage, id);
    const before = says().length;
    await stage.api(`/conversations/${conversationId}/messages`, 'POST', { text: 'We are listening.' });
    await waitFor(async () => says().length > before, 'The caller was not asked.');
  };
  return {
    channelId: id,
    tellsNames: here.tellsNames,
    customer: { name: customer.name, address: here.addressOf(customer) },
    act,
    async say(text) {
      if (here.by === 'call') {
        await answerCall();
        act({ do: 'speak', text });
      } else act(here.by === 'mail' ? { do: 'mail', subject: 'Hello', text } : { do: 'text', text });
      return arrived(stage, id, text);
    },
    async shown() {
      return phone().flatMap((one) => [...(one.from === 'business' ? wordsOf(one) : []), ...(one.call?.says ?? [])]);
    },
  };
}

/** The Lab's WhatsApp number that `NUMBER` has the credentials of; `webhookUrl` where no business account tells it. */
export function connectLab(stage: Stage, phone: string, webhookUrl?: string): void {
  const { phoneNumberId: account } = NUMBER;
  const credentials = { ...NUMBER, displayPhoneNumber: phone.slice(1) };
  stage.lab.account({ provider: 'whatsapp', account, title: 'Seed', credentials, webhookUrl });
}

/** A customer of the Lab in front of a channel that is connected to it. */
export function labDoor(
  stage: Stage,
  provider: 'whatsapp' | 'telegram',
  account: string,
  channelId: string,
  person: number,
  addressOf: (person: Stage['lab']['people'][number]) => string,
): Door {
  const customer = stage.lab.people[person]!;
  return {
    channelId,
    tellsNames: true,
    customer: { name: customer.name, address: addressOf(customer) },
    act: (deed) => stage.lab.act(provider, account, customer.id, deed),
    async say(text) {
      stage.lab.act(provider, account, customer.id, { do: 'text', text });
      return arrived(stage, channelId, text);
    },
    async shown() {
      const { messages } = stage.lab.phone(provider, account, customer.id);
      return messages.flatMap((one) => (one.from === 'business' ? wordsOf(one) : []));
    },
  };
}

async function makeChannel(stage: Stage, body: object): Promise<string> {
  const { id } = await stage.api<{ id: string }>('/channels', 'POST', body);
  await untilActive(stage, id);
  return id;
}

/** Waits until platform and provider have met. */
export const untilActive = (stage: Stage, id: string): Promise<void> =>
  waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${id}`)).status === 'active',
    'The channel did not become active.',
  );

/** Waits until the customer has been shown some words. */
export const untilShown = (door: Door, words: string): Promise<void> =>
  waitFor(async () => (await door.shown()).some((one) => one.includes(words)), `“${words}” was never shown.`);

/** Everything said on a channel, newest first. */
export const messagesOn = async (stage: Stage, channelId: string): Promise<Message[]> =>
  (await stage.api<{ data: Message[] }>(`/messages?channelId=${channelId}&limit=100`)).data;

async function arrived(stage: Stage, channelId: string, text: string): Promise<Message> {
  let found: Message | undefined;
  await waitFor(async () => {
    found = (await messagesOn(stage, channelId)).find(
      ({ direction, content }) => direction === 'inbound' && content.text === text,
    );
    return found !== undefined;
  }, `“${text}” did not arrive.`);
  return found!;
}

async function call<T>(url: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Every word a reader sees, wherever in the message it stands: texts, titles, labels. */
function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string'
      ? ['text', 'title', 'description', 'header', 'footer', 'button'].includes(key)
        ? [inner]
        : []
      : wordsOf(inner),
  );
}
