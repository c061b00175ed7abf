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
  webhookUrl?: string;
}

/** How long the provider is waited for before the first person speaks. */
const MEET_MS = 10_000;

/** Makes what is missing, and tells the Lab, which forgets everything when it stops, about its accounts. Harmless twice. */
export async function prepareDemo(tools: DemoTools): Promise<void> {
  const bot = await ensure(tools, '/bots', 'Echo', { name: 'Echo', type: 'flow', kind: 'echo' });
  const channels = DEMO_CHANNELS.map((make) => make(tools.secretFor));
  for (const channel of channels) await prepareChannel(tools, channel, bot.id);
  await Promise.all(channels.map((channel) => greet(tools, channel)));
}

async function prepareChannel(tools: DemoTools, channel: DemoChannel, botId: string): Promise<void> {
  const { type, name, config, account } = channel;
  const provider = type;
  if (account) await ask(tools.lab, '/lab/accounts', 'POST', { provider, ...account });
  const made = await ensure(tools, '/channels', name, { type, name, config, defaultBotId: botId });
  if (channel.isFresh) await ask(tools.url, `/api/v1/channels/${made.id}`, 'PATCH', { config }, tools.key);
  if (account && channel.pasteWebhook)
    await ask(tools.lab, '/lab/accounts', 'POST', { provider, ...account, webhookUrl: made.webhookUrl });
  await ask(tools.url, `/api/v1/channels/${made.id}/connect`, 'POST', {}, tools.key);
}

/** The first person of the Lab says hello, once the provider knows whom to tell, so that the first screen is already talking. */
async function greet(tools: DemoTools, { type, account, hello }: DemoChannel): Promise<void> {
  if (!account || hello === null) return;
  const [person] = (await ask(tools.lab, '/lab/people', 'GET')) as { id: string }[];
  if (!person) return;
  const until = Date.now() + MEET_MS;
  while (Date.now() < until) {
    const accounts = (await ask(tools.lab, '/lab/accounts', 'GET')) as {
      provider: string;
      account: string;
      webhookUrl?: string;
    }[];
    if (accounts.find((one) => one.provider === type && one.account === account.account)?.webhookUrl) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const path = `/lab/phones/${type}/${encodeURIComponent(account.account)}/${person.id}/acts`;
  await ask(tools.lab, path, 'POST', hello ?? { do: 'text', text: 'menu' });
}

async function ensure(tools: DemoTools, path: string, name: string, body: object): Promise<Item> {
  const { data } = (await ask(tools.url, `/api/v1${path}?limit=100`, 'GET', undefined, tools.key)) as { data: Item[] };
  return (
    data.find((item) => item.name === name) ??
    ((await ask(tools.url, `/api/v1${path}`, 'POST', body, tools.key)) as Item)
  );
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
