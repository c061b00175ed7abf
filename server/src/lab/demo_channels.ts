import { generateKeyPairSync } from 'node:crypto';

/** The channels of the demo workspace: one entry for each channel type. A type without an entry is simply not there. */

/** A channel of the demo, and the account that stands for it at the Lab. */
export interface DemoChannel {
  type: string;
  name: string;
  config: Record<string, unknown>;
  /** What the Lab makes of it; absent where nobody is played, as with the web chat. */
  account?: { account: string; title: string; credentials: Record<string, string> };
  /** The provider has no call to register a webhook by: the Lab is told the URL, as a person would paste it. */
  pasteWebhook?: boolean;
  /** The config holds something made anew at each start, which no secret leads to: the channel is given it again. */
  isFresh?: boolean;
  /** What the first person of the Lab does, so that the phone is already talking; “menu” as a text unless said, `null` for nothing. */
  hello?: { do: string; [more: string]: unknown } | null;
}

/** Makes an entry from secrets, which stay the same over restarts; `secret(name)` has 43 letters of base64url. */
export type MakeDemoChannel = (secret: (name: string) => string) => DemoChannel;

const SHOP = 'Tributary Coffee';

/** In the order of the wall. */
export const DEMO_CHANNELS: readonly MakeDemoChannel[] = [
  (secret) => {
    const botToken = `7100000001:${secret('telegram').slice(0, 35)}`;
    return {
      type: 'telegram',
      name: 'Coffee on Telegram',
      config: { botToken },
      account: { account: '7100000001', title: SHOP, credentials: { botToken, username: 'tributary_coffee_bot' } },
    };
  },
  (secret) => {
    const config = {
      phoneNumberId: '106500000000001',
      businessAccountId: '102200000000001',
      accessToken: secret('access'),
      appSecret: secret('app'),
      verifyToken: secret('verify').slice(0, 32),
    };
    return {
      type: 'whatsapp',
      name: 'Coffee on WhatsApp',
      config,
      account: {
        account: config.phoneNumberId,
        title: SHOP,
        credentials: { ...config, displayPhoneNumber: '15550100001' },
      },
    };
  },
  (secret) => {
    const config = {
      pageId: '105500000000001',
      pageAccessToken: secret('page'),
      appId: '155500000000001',
      appSecret: secret('messenger'),
      verifyToken: secret('verify messenger').slice(0, 32),
    };
    return {
      type: 'facebook',
      name: 'Coffee on Messenger',
      config,
      account: { account: config.pageId, title: SHOP, credentials: config },
    };
  },
  (secret) => {
    const config = {
      instagramId: '17841400000000001',
      pageId: '105500000000002',
      pageAccessToken: secret('instagram page'),
      appId: '155500000000002',
      appSecret: secret('instagram'),
      verifyToken: secret('verify instagram').slice(0, 32),
    };
    return {
      type: 'instagram',
      name: 'Coffee on Instagram',
      config,
      account: {
        account: config.instagramId,
        title: SHOP,
        credentials: { ...config, username: 'tributary.coffee' },
      },
    };
  },
  (secret) => {
    const config = {
      accountSid: 'AC00000000000000000000000000000901',
      authToken: secret('twilio').slice(0, 32),
      phoneNumber: '+15550100901',
    };
    return {
      type: 'sms',
      name: 'Coffee by text',
      config,
      account: { account: config.phoneNumber, title: SHOP, credentials: config },
    };
  },
  (secret) => {
    const account = 'coffee@lab.example';
    const config = { apiKey: secret('mailgun'), domain: 'lab.example', webhookSigningKey: secret('mail signatures') };
    return {
      type: 'email',
      name: 'Coffee by mail',
      config: { ...config, provider: 'mailgun', fromEmail: account, fromName: SHOP, inboundAddress: account },
      account: { account, title: SHOP, credentials: config },
      hello: { do: 'mail', subject: 'Hello', text: 'menu' },
    };
  },
  (secret) => {
    const config = {
      accountSid: 'AC00000000000000000000000000000902',
      authToken: secret('twilio voice').slice(0, 32),
      phoneNumber: '+15550100902',
    };
    return {
      type: 'voice',
      name: 'Coffee by telephone',
      config,
      account: { account: config.phoneNumber, title: SHOP, credentials: config },
      // The telephone stays on the hook until somebody calls.
      hello: null,
    };
  },
  (secret) => {
    const authToken = secret('viber');
    return {
      type: 'viber',
      name: 'Coffee on Viber',
      config: { authToken, senderName: SHOP, welcomeMessage: 'Hello! Ask us anything, or write “menu”.' },
      account: {
        account: 'pa:5100000000000000001',
        title: SHOP,
        credentials: { authToken, uri: 'tributarycoffee' },
      },
    };
  },
  (secret) => {
    const credentials = {
      channelAccessToken: secret('line access'),
      channelSecret: secret('line').slice(0, 32),
    };
    return {
      type: 'line',
      name: 'Coffee on LINE',
      config: credentials,
      account: {
        account: 'U51000000000000000000000000000001',
        title: SHOP,
        credentials: { ...credentials, basicId: '@tributarycoffee' },
      },
    };
  },
  () => ({
    type: 'webchat',
    name: 'Coffee on the web',
    config: { theme: { headerText: SHOP, welcomeMessage: 'Hello! Ask us anything, or write “menu”.' } },
  }),
  (secret) => {
    const account = 'tributary_coffee_agent';
    const config = { agentId: account, clientToken: secret('rcs'), serviceAccountJson: newServiceAccount() };
    return {
      type: 'rcs',
      name: 'Coffee on RCS',
      config: { ...config, brandName: SHOP },
      isFresh: true,
      account: { account, title: SHOP, credentials: config },
      pasteWebhook: true,
    };
  },
];

/** A key file as Google gives one out. It opens nothing but the Lab, which forgets it when it stops. */
function newServiceAccount(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    type: 'service_account',
    client_email: 'rcs@tributary-coffee.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
}
