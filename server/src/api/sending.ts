import type { ContentOf } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { invalid } from '../errors.ts';
import type { SendInput } from '../outbound/types.ts';
import type { FailoverStep } from '../store/failovers.ts';
import { readContent } from './content.ts';
import { Json } from './wire/common.ts';

const DAY_SECONDS = 86_400;

const Step = Type.Object({
  channel: Type.String({
    minLength: 1,
    description: 'A channel’s id, or a channel type: the workspace’s oldest channel of it.',
  }),
  afterSeconds: Type.Optional(
    Type.Number({ minimum: 0, maximum: 7 * DAY_SECONDS, description: 'Absent: only when it fails.' }),
  ),
  until: Type.Optional(Type.Enum(['sent', 'delivered', 'read'] as const, { description: '`delivered` when absent.' })),
  content: Type.Optional(Type.Unknown({ description: 'Said there instead.' })),
});

const members = {
  fit: Type.Optional(
    Type.Enum(['adapt', 'strict'] as const, {
      description: '`adapt` says it as well as the channel can; `strict` refuses with what would change.',
    }),
  ),
  onUnknown: Type.Optional(
    Type.Enum(['resend', 'hold'] as const, {
      description:
        'What to do when nobody can tell whether the provider took it; by default, as the channel’s page says.',
    }),
  ),
  whenClosed: Type.Optional(
    Type.Enum(['reject', 'template', 'queue', 'failover'] as const, {
      description:
        'When the time for free messages is over: refuse (the default), say `template`, wait until the person writes, or go on to the first channel of `failover`. Judged when the message is taken, and again when its turn comes.',
    }),
  ),
  queueSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 30 * DAY_SECONDS,
      description: 'How long `queue` waits; a day when absent. Then the message fails.',
    }),
  ),
  failover: Type.Optional(
    Type.Array(Step, {
      maxItems: 5,
      description: 'Where it is said next when it fails, or does not come as far as `until` in time.',
    }),
  ),
  tag: Type.Optional(
    Type.String({ maxLength: 60, description: 'A provider’s name for writing later than its window: `HUMAN_AGENT`.' }),
  ),
  purpose: Type.Optional(Type.String({ maxLength: 60, description: 'What it is for: `marketing`, `authentication`…' })),
};

/** How a message is to be sent: members of the body, beside its content. */
export const sendingMembers = {
  replyTo: Type.Optional(Type.String({ description: 'Our id of the message it answers.' })),
  metadata: Type.Optional(Json),
  ...members,
  options: Type.Optional(
    Type.Object(
      {
        ...members,
        template: Type.Optional(
          Type.Unknown({
            description: '`{name, language, components?, variables?}`: what `whenClosed: template` says.',
          }),
        ),
        fallback: Type.Optional(
          Type.Object(
            {
              enabled: Type.Optional(Type.Boolean()),
              channel: Type.String(),
              timeout: Type.Optional(
                Type.Number({ minimum: 0, maximum: 7 * DAY_SECONDS * 1_000, description: 'Milliseconds.' }),
              ),
              content: Type.Optional(Type.Unknown()),
            },
            { description: 'One step of `failover`, as older programs write it.' },
          ),
        ),
      },
      { description: 'The same members, and `template`.' },
    ),
  ),
};
const Sending = Type.Object(sendingMembers);
type Options = NonNullable<Static<typeof Sending>['options']>;

/** Reads how a message is to be sent; what stands beside the content wins over `options`. Throws 400 with the path of each fault. */
export function readSending(
  body: Static<typeof Sending>,
): Pick<SendInput, 'replyTo' | 'metadata' | 'fit' | 'onUnknown' | 'options' | 'failover'> {
  const asked: Options = { ...body.options };
  for (const name of Object.keys(members) as (keyof typeof members)[])
    if (body[name] !== undefined) Object.assign(asked, { [name]: body[name] });
  const { fit, onUnknown, failover, fallback, template, ...rest } = asked;
  if (rest.whenClosed === 'template' && template === undefined)
    throw invalid({ field: 'options.template', message: 'is required with whenClosed: template' });
  const chain = failover ?? (fallback && fallback.enabled !== false ? [stepOf(fallback)] : undefined);
  if (rest.whenClosed === 'failover' && !chain?.length)
    throw invalid({ field: 'failover', message: 'is required with whenClosed: failover' });
  const options = { ...rest, ...(template === undefined ? {} : { template: readTemplate(template) }) };
  return {
    replyTo: body.replyTo,
    metadata: body.metadata,
    fit,
    onUnknown,
    options: Object.keys(options).length > 0 ? options : undefined,
    failover: chain?.map((step, no) => readStep(step, no)),
  };
}

const stepOf = ({ channel, timeout, content }: NonNullable<Options['fallback']>): Static<typeof Step> => ({
  channel,
  ...(timeout === undefined ? {} : { afterSeconds: timeout / 1_000 }),
  ...(content === undefined ? {} : { content }),
});

function readStep(
  { channel, afterSeconds, until = 'delivered', content }: Static<typeof Step>,
  no: number,
): FailoverStep {
  return {
    channel,
    until,
    ...(afterSeconds === undefined ? {} : { afterSeconds }),
    ...(content === undefined ? {} : { content: readContent(content, `failover[${no}].content`) }),
  };
}

function readTemplate(template: unknown): ContentOf<'template'> {
  const content = readContent({ type: 'template', template }, 'options');
  if (content.type === 'template') return content;
  throw invalid({ field: 'options.template', message: 'is no template' });
}
