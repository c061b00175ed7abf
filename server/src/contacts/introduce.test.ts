import type { ChannelAdapter, InboundEvent } from '@tributary/channels';
import { SendError } from '@tributary/protocol';
import pino from 'pino';
import { expect, test } from 'vitest';
import type { Db } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';
import { startIntroductions } from './introduce.ts';

const HOUR_MS = 3_600_000;
const channel = { id: 'ch_1', workspaceId: 'ws_1', config: {} } as Channel;
const said = (more: object = {}): InboundEvent =>
  ({
    type: 'message',
    key: 'message:1',
    account: '1',
    at: new Date(0),
    raw: {},
    externalId: '1',
    from: { kind: 'scoped_id', value: '7155550100000001' },
    thread: { key: '7155550100000001', kind: 'direct' },
    content: { type: 'text', text: 'Hi' },
    attachments: [],
    ...more,
  }) as InboundEvent;

/** A provider that knows nobody, or is out of reach; nothing of this comes as far as the database. */
function stage() {
  let now = 0;
  let fault: Error | undefined;
  const asked: string[] = [];
  const adapter = {
    async profile(address: { value: string }) {
      asked.push(address.value);
      if (fault) throw fault;
      return {};
    },
  } as unknown as ChannelAdapter;
  const people = startIntroductions({
    db: undefined as unknown as Db,
    ioFor: () => undefined as never,
    log: pino({ level: 'silent' }),
    committed: () => {},
    now: () => new Date(10 * 24 * HOUR_MS + now),
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  return {
    asked,
    pass: (hours: number) => {
      now += hours * HOUR_MS;
    },
    fail: (error: Error | undefined) => {
      fault = error;
    },
    async meet(...events: InboundEvent[]) {
      people.meet(channel, adapter, events);
      await settle();
    },
    people,
  };
}

test('asks who somebody is once a day, however much they write', async () => {
  const { asked, meet, pass } = stage();
  await meet(said(), said());
  await meet(said());
  expect(asked).toHaveLength(1);
  pass(25);
  await meet(said());
  expect(asked).toHaveLength(2);
});

test('asks again with the next word where the provider was out of reach, and not where it refused', async () => {
  const { asked, meet, fail } = stage();
  fail(new SendError('unavailable'));
  await meet(said());
  await meet(said());
  expect(asked).toHaveLength(2);
  fail(new SendError('rejected'));
  await meet(said());
  await meet(said());
  expect(asked).toHaveLength(3);
});

test('asks for nobody who said their name, for no group, and not for what the business said itself', async () => {
  const { asked, meet } = stage();
  await meet(said({ profile: { name: 'Ana' } }), said({ echo: true }), said({ thread: { key: 'g', kind: 'group' } }), {
    ...said(),
    type: 'ignored',
    reason: 'x',
  } as InboundEvent);
  expect(asked).toEqual([]);
});

test('asks nobody once it has stopped', async () => {
  const { asked, meet, people } = stage();
  await people.stop();
  await meet(said());
  expect(asked).toEqual([]);
});
