import { DEMO_CHANNELS, type DemoChannel } from './demo_channels.ts';

/** The demo workspace, made through the API as any program would: a bot, the channels, and the accounts they have at the Lab. */

export interface DemoTools {
  /** The platform's and the Lab's origins. */
  url: string;
  lab: string;
  /** An admin key of the demo workspace. */
  key: string;
  /** Made from the installation's key, so that the accounts stay the same over restarts. */
  secretFor(name: string): string;
}

interface Item {
  id: string;
  name: string;
  status?: string;
  webhookUrl?: string;
}

/** How long a channel is waited for before the first person speaks. */
const MEET_MS = 10_000;

/** Makes what is missing, and tells the Lab, which forgets everything when it stops, about its accounts. Harmless twice. */
export async function prepareDemo(tools: DemoTools): Promise<void> {
  const bot = await ensure(tools, '/bots', 'Echo', { name: 'Echo', type: 'flow', kind: 'echo' });
  const channels = DEMO_CHANNELS.map((make) => make(tools.secretFor));
  const ids: string[] = [];
  for (const channel of channels) ids.push(await prepareChannel(tools, channel, bot.id));
  await Promise.all(channels.map((channel, at) => greet(tools, channel, ids[at] ?? '')));
}

async function prepareChannel(tools: DemoTools, channel: DemoChannel, botId: string): Promise<string> {
  const { type, name, config, account, isFresh, pasteWebhook } = channel;
  const provider = type;
  if (account) await ask(tools.lab, '/lab/accounts', 'POST', { provider, ...account });
  const known = await find(tools, '/channels', name);
  const made = known ?? (await create(tools, '/channels', { type, name, config, defaultBotId: botId }));
  if (account && pasteWebhook)
    await ask(tools.lab, '/lab/accounts', 'POST', { provider, ...account, webhookUrl: made.webhookUrl });
  // A channel that is made, or given another config, connects by itself; two at once would meet each other at the provider.
  const path = `/api/v1/channels/${made.id}`;
  if (known && isFresh) await ask(tools.url, path, 'PATCH', { config }, tools.key);
  else if (known) await ask(tools.url, `${path}/connect`, 'POST', {}, tools.key);
  return made.id;
}

/** The first person of the Lab says hello, once the provider knows whom to tell, so that the first screen is already talking. */
async function greet(tools: DemoTools, { type, account, hello }: DemoChannel, id: string): Promise<void> {
  if (!account || hello === null) return;
  const [person] = (await ask(tools.lab, '/lab/people', 'GET')) as { id: string }[];
  if (!person) return;
  const until = Date.now() + MEET_MS;
  while (Date.now() < until) {
    const channel = (await ask(tools.url, `/api/v1/channels/${id}`, 'GET', undefined, tools.key)) as Item;
    if (channel.status !== 'connecting') break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const path = `/lab/phones/${type}/${encodeURIComponent(account.account)}/${person.id}/acts`;
  await ask(tools.lab, path, 'POST', hello ?? { do: 'text', text: 'menu' });
}

async function ensure(tools: DemoTools, path: string, name: string, body: object): Promise<Item> {
  return (await find(tools, path, name)) ?? (await create(tools, path, body));
}

async function find(tools: DemoTools, path: string, name: string): Promise<Item | undefined> {
  const { data } = (await ask(tools.url, `/api/v1${path}?limit=100`, 'GET', undefined, tools.key)) as { data: Item[] };
  return data.find((item) => item.name === name);
}

async function create(tools: DemoTools, path: string, body: object): Promise<Item> {
  return (await ask(tools.url, `/api/v1${path}`, 'POST', body, tools.key)) as Item;
}

async function ask(origin: string, path: string, method: string, body?: object, key?: string): Promise<unknown> {
  const answer = await fetch(`${origin}${path}`, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...(key && { 'x-api-key': key }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(
      `The demo could not be prepared: ${method} ${path} answered ${answer.status} ${text.slice(0, 300)}`,
    );
  return text ? JSON.parse(text) : undefined;
}
