import type { Address, ChannelAdapter, ProviderRequest, RenderContext } from '@tributary/channels';
import { type Choice, type Fitted, fit, type Loss, toId } from '@tributary/protocol';
import type { Job } from '../store/deliveries.ts';
import type { Channel } from '../store/registry.ts';

/** What a delivery comes to on its channel: provider requests in order, each with its part key. */
export interface Said {
  requests: { request: ProviderRequest; partKey: string }[];
  losses: Loss[];
  choices: Choice[];
  payloads: Record<string, string>;
}

/** The key of a delivery's nth request: ours, stable over retries, and readable again from a receipt. */
export const partKeyOf = (delivery: string, no: number): string => `${toId('delivery', delivery)}.${no}`;

/** Fits and renders a delivery. Pure: the same job gives the same requests on every try, so that a retry resumes where it failed. `tag` is the window rule’s. */
export function say(
  job: Job,
  channel: Channel,
  adapter: ChannelAdapter,
  callbackUrl: string,
  now: Date,
  tag?: string,
): Said {
  const fitted = fit(job.content, adapter.capabilities(channel.config), { channelTitle: adapter.title });
  return {
    requests: renderParts(fitted, job, channel, adapter, {
      callbackUrl,
      now,
      windowTag: tag,
      purpose: job.options?.purpose,
    }),
    losses: fitted.losses,
    choices: fitted.choices,
    payloads: fitted.payloads,
  };
}

function renderParts(
  { parts, choices }: Pick<Fitted, 'parts' | 'choices'>,
  job: Job,
  channel: Channel,
  adapter: ChannelAdapter,
  known: Pick<RenderContext, 'callbackUrl' | 'now' | 'windowTag' | 'purpose'>,
): Said['requests'] {
  const requests: Said['requests'] = [];
  for (const part of parts) {
    const context: RenderContext = {
      to: addressOf(job),
      thread: { key: threadOf(job), kind: job.threadKind },
      // Only the first part answers; the rest follow it.
      replyTo:
        job.replyTo && requests.length === 0
          ? { externalId: job.replyTo, ...(job.replyMetadata ? { metadata: job.replyMetadata } : {}) }
          : undefined,
      author: job.author,
      newest: job.newest,
      choices,
      session: job.session ?? undefined,
      partKey: partKeyOf(job.delivery, requests.length),
      ...known,
      locale: job.locale ?? 'en',
    };
    for (const request of adapter.render(part, context, channel.config))
      requests.push({ request, partKey: partKeyOf(job.delivery, requests.length) });
  }
  return requests;
}

/** A person's own chat is stored under the identity; the provider knows it by the person's address. */
function threadOf(job: Job): string {
  return job.identity !== null && job.thread === job.identity ? (job.value ?? job.thread) : job.thread;
}

function addressOf(job: Job): Address {
  if (job.kind === null || job.value === null) return { kind: 'chat', value: job.thread };
  return { kind: job.kind, value: job.value, aliases: job.aliases ?? undefined } as Address;
}
