import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADAPTERS, type ChannelAdapter, type InboundRequest, type RenderContext } from '@tributary/channels';
import { type Capabilities, CHANNEL_TYPES, type ChannelType, type Content, fit } from '@tributary/protocol';
import { DEMO_CHANNELS } from '../../server/src/lab/demo_channels.ts';
import { median } from '../stage/processes.ts';

/** What one core reads and writes of one channel in a second. */
export interface ChannelRate {
  type: ChannelType;
  parse: number;
  render: number;
  bytes: number;
}

/** A text message of each channel among its fixtures, and an address on it. Mail is read afterwards, off the hot path, so it is not among them. */
const SAMPLES: Partial<Record<ChannelType, { fixture: string; to: string }>> = {
  whatsapp: { fixture: 'message-text', to: '+12025550142' },
  telegram: { fixture: 'message-text', to: '700100201' },
  sms: { fixture: 'sms-inbound', to: '+12025550142' },
  voice: { fixture: 'gather-speech', to: '+12025550142' },
  webchat: { fixture: 'message-text', to: 'v_0123456789abcdefghijklmnopqrstuv' },
  facebook: { fixture: 'message-text', to: '6800000000000001' },
  instagram: { fixture: 'message-text', to: '6800000000000001' },
  rcs: { fixture: 'user-text', to: '+12025550142' },
  viber: { fixture: 'message-text', to: '01234567890A=' },
  line: { fixture: 'message-text', to: 'U4af4980629aaaaaaaaaaaaaaaaaaaaaa' },
};
const BYTES = 1_024;
const WORDS =
  'I would like to know where my order is; it should have been here on Tuesday, and nobody answers the door. ';
/** A message as bots say them: a paragraph, and three answers to choose from. */
const SAID: Content = {
  type: 'text',
  text: WORDS.repeat(10).slice(0, BYTES).trim(),
  actions: ['Track it', 'Change the address', 'Talk to somebody'].map((text, no) => ({
    type: 'reply',
    text,
    payload: `choice_${no}`,
  })),
};

/** Each channel's rates, the best of three stretches: whoever shares the machine must not look like us. */
export function measureChannels(ms: number): ChannelRate[] {
  const configs = new Map(
    DEMO_CHANNELS.map((make) => make((name) => name.padEnd(43, 'x'))).map(({ type, config }) => [type, config]),
  );
  return CHANNEL_TYPES.flatMap((type): ChannelRate[] => {
    const sample = SAMPLES[type];
    const adapter = ADAPTERS[type] as ChannelAdapter | undefined;
    if (!sample || !adapter) return [];
    const config = configs.get(type) ?? {};
    const request = requestOf(type, sample.fixture);
    const to = adapter.address(sample.to, config) ?? { kind: 'user_id' as const, value: sample.to };
    const context: RenderContext = {
      to,
      thread: { key: to.value, kind: 'direct' },
      partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0',
      callbackUrl: 'https://hooks.example.com/webhooks/TYPE/CHANNEL',
      now: new Date(),
      locale: 'en',
    };
    const capabilities = adapter.capabilities(config);
    return [
      {
        type,
        bytes: request.body.length,
        parse: best(ms, () => adapter.parse(request, config)),
        render: best(ms, () => say(adapter, capabilities, context, config)),
      },
    ];
  });
}

function say(
  adapter: ChannelAdapter,
  capabilities: Capabilities,
  context: RenderContext,
  config: Record<string, unknown>,
): void {
  const { parts, choices } = fit(SAID, capabilities);
  for (const part of parts) adapter.render(part, { ...context, choices }, config);
}

/** The median of the channels. */
export const medianOf = (rates: readonly ChannelRate[], what: 'parse' | 'render'): number =>
  median(rates.map((one) => one[what]));

function best(ms: number, work: () => unknown): number {
  for (const until = performance.now() + ms / 2; performance.now() < until; ) work();
  const stretches = [0, 1, 2].map(() => {
    const started = performance.now();
    let count = 0;
    while (performance.now() - started < ms) for (let i = 0; i < 50; i++, count++) work();
    return (count * 1_000) / (performance.now() - started);
  });
  return Math.max(...stretches);
}

/** The recorded request with its words made so long that the body has about a kilobyte. */
function requestOf(type: ChannelType, fixture: string): InboundRequest {
  const { request, events } = JSON.parse(
    readFileSync(join(process.cwd(), `channels/${type}/fixtures/inbound/${fixture}.json`), 'utf8'),
  ) as {
    request: { url: string; method?: string; headers: Record<string, string>; body: string };
    events: { content?: { text?: string } }[];
  };
  const said = events.find((event) => event.content?.text)?.content?.text ?? '';
  return {
    via: 'http',
    method: request.method ?? 'POST',
    publicUrl: request.url,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(lengthen(request.body, said)),
    receivedAt: new Date(),
  };
}

function lengthen(body: string, said: string): string {
  const more = (length: number): string => WORDS.repeat(10).slice(0, Math.max(0, length));
  // Google wraps its JSON in base64.
  const wrapped = /"data":\s*"([A-Za-z0-9+/=]+)"/.exec(body)?.[1];
  if (wrapped) {
    const inner = Buffer.from(wrapped, 'base64').toString();
    const room = Math.floor(((BYTES - body.length) * 3) / 4);
    return body.replace(
      wrapped,
      Buffer.from(inner.replace(inJson(said), () => `${inJson(said)} ${more(room)}`)).toString('base64'),
    );
  }
  const form = !body.trimStart().startsWith('{');
  const written = form ? encodeURIComponent(said).replaceAll('%20', '+') : inJson(said);
  const found = body.includes(written) ? written : form ? said : (said.split(/[^\x20-\x7e]/)[0] ?? '');
  const added = form
    ? more(BYTES - body.length)
        .replaceAll(' ', '+')
        .replaceAll(/[;,]/g, '')
    : more(BYTES - body.length);
  return body.replace(found, () => `${found}${form ? '+' : ' '}${added}`);
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
