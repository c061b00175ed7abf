import { createHmac } from 'node:crypto';
import type { Lab, Platform } from './processes.ts';

/** A WhatsApp number that the Lab and the platform both know. */
export const NUMBER = {
  phoneNumberId: '106540000000001',
  businessAccountId: '102290000000001',
  accessToken: 'stage-access-token',
  appSecret: 'stage-app-secret',
  verifyToken: 'stage-verify-token',
};

/** No rate limits of ours: what is measured is the platform. */
const UNHURRIED = {
  rate: { perSecond: 100_000, burst: 100_000, perRecipientPerSecond: 1_000, recipientBurst: 1_000 },
};

/** Makes the account at the Lab and the channel on the platform, and waits until the two have met. */
export async function connectWhatsApp(
  platform: Platform,
  lab: Lab,
  more: Record<string, unknown> = {},
): Promise<{ id: string }> {
  await lab.ask('/lab/accounts', 'POST', {
    provider: 'whatsapp',
    account: NUMBER.phoneNumberId,
    title: 'Stage',
    credentials: { ...NUMBER, displayPhoneNumber: '15550100001' },
  });
  const channel = await platform.api<{ id: string }>('/channels', 'POST', {
    type: 'whatsapp',
    name: 'Stage',
    config: NUMBER,
    metadata: UNHURRIED,
    ...more,
  });
  await waitFor(
    async () => (await platform.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    'The WhatsApp channel did not become active.',
  );
  return channel;
}

/** A Telegram bot that both know. */
export const BOT = { id: '7000000001', botToken: '7000000001:TEST-telegram-bot-token-not-real0001' };

/** The same for a bot. */
export async function connectTelegram(
  platform: Platform,
  lab: Lab,
  more: Record<string, unknown> = {},
): Promise<{ id: string }> {
  await lab.ask('/lab/accounts', 'POST', {
    provider: 'telegram',
    account: BOT.id,
    title: 'Stage',
    credentials: { botToken: BOT.botToken, username: 'stage_bot' },
  });
  const channel = await platform.api<{ id: string }>('/channels', 'POST', {
    type: 'telegram',
    name: 'Stage bot',
    config: { botToken: BOT.botToken },
    metadata: UNHURRIED,
    ...more,
  });
  await waitFor(
    async () => (await platform.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    'The Telegram channel did not become active.',
  );
  return channel;
}

export async function waitFor(check: () => Promise<boolean>, complaint: string, ms = 15_000): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 100)))
    if (await check()) return;
  throw new Error(complaint);
}

/** A signed text message as Meta posts it, about 900 bytes. */
export function signedText(n: number, person: number, secret = NUMBER.appSecret): { body: string; signature: string } {
  const number = String(15_550_200_000 + person);
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: NUMBER.businessAccountId,
        changes: [
          {
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '15550100001', phone_number_id: NUMBER.phoneNumberId },
              contacts: [
                {
                  profile: { name: `Person ${person}` },
                  wa_id: number,
                  user_id: `US.1349${String(person).padStart(14, '0')}`,
                },
              ],
              messages: [
                {
                  from: number,
                  from_user_id: `US.1349${String(person).padStart(14, '0')}`,
                  id: `wamid.HBgLMTU1NTAxOTkwMDEVAgASGBQz${n.toString(16).padStart(16, '0').toUpperCase()}AA==`,
                  timestamp: String(1_790_000_000 + (n % 1_000_000)),
                  text: {
                    body: `Hello, this is message ${n}. I would like to know where my order is; it should have been here on Tuesday. Could you have a look, please? Thank you very much, and have a nice day.`,
                  },
                  type: 'text',
                },
              ],
            },
            field: 'messages',
          },
        ],
      },
    ],
  });
  return { body, signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}
