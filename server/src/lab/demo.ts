/** The demo workspace, made through the API as any program would: a bot, three channels, and the accounts they have at the Lab. */

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
  type?: string;
  config?: Record<string, unknown>;
}

const TELEGRAM_BOT = '7100000001';
const WHATSAPP_NUMBER = '106500000000001';
const WHATSAPP_ACCOUNT = '102200000000001';

/** Makes what is missing, and tells the Lab, which forgets everything when it stops, about its accounts. Harmless twice. */
export async function prepareDemo(tools: DemoTools): Promise<void> {
  const bot = await ensure(tools, '/bots', 'Echo', { name: 'Echo', type: 'flow', kind: 'echo' });
  const telegramToken = `${TELEGRAM_BOT}:${tools.secretFor('telegram').slice(0, 35)}`;
  await ask(tools.lab, '/lab/accounts', 'POST', {
    provider: 'telegram',
    account: TELEGRAM_BOT,
    title: 'Tributary Coffee',
    credentials: { botToken: telegramToken, username: 'tributary_coffee_bot' },
  });
  const whatsapp = {
    phoneNumberId: WHATSAPP_NUMBER,
    businessAccountId: WHATSAPP_ACCOUNT,
    accessToken: tools.secretFor('access'),
    appSecret: tools.secretFor('app'),
    verifyToken: tools.secretFor('verify').slice(0, 32),
  };
  await ask(tools.lab, '/lab/accounts', 'POST', {
    provider: 'whatsapp',
    account: WHATSAPP_NUMBER,
    title: 'Tributary Coffee',
    credentials: { ...whatsapp, displayPhoneNumber: '15550100001' },
  });

  const channels = [
    { type: 'telegram', name: 'Coffee on Telegram', config: { botToken: telegramToken } },
    { type: 'whatsapp', name: 'Coffee on WhatsApp', config: whatsapp },
    {
      type: 'webchat',
      name: 'Coffee on the web',
      config: { theme: { headerText: 'Tributary Coffee', welcomeMessage: 'Hello! Ask us anything, or write “menu”.' } },
    },
  ];
  for (const channel of channels) {
    const made = await ensure(tools, '/channels', channel.name, { ...channel, defaultBotId: bot.id });
    await ask(tools.url, `/api/v1/channels/${made.id}/connect`, 'POST', {}, tools.key);
  }
  await Promise.all([greet(tools, 'telegram', TELEGRAM_BOT), greet(tools, 'whatsapp', WHATSAPP_NUMBER)]);
}

/** The first person of the Lab says hello, so that the first screen is already talking. */
async function greet(tools: DemoTools, provider: string, account: string): Promise<void> {
  const [person] = (await ask(tools.lab, '/lab/people', 'GET')) as { id: string }[];
  if (!person) return;
  const until = Date.now() + 10_000;
  while (Date.now() < until) {
    const accounts = (await ask(tools.lab, '/lab/accounts', 'GET')) as {
      provider: string;
      account: string;
      webhookUrl?: string;
    }[];
    if (accounts.find((one) => one.provider === provider && one.account === account)?.webhookUrl) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await ask(tools.lab, `/lab/phones/${provider}/${account}/${person.id}/acts`, 'POST', { do: 'text', text: 'menu' });
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
