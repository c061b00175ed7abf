import { ADAPTERS, type ChannelAdapter, type InboundRequest } from '@tributary/channels';
import type { ChannelId } from '@tributary/protocol';
import type pg from 'pg';
import { openIntake } from '../../server/src/inbound/intake.ts';
import { openDb } from '../../server/src/store/db.ts';
import { openRegistry } from '../../server/src/store/registry.ts';
import { makeSeal } from '../../server/src/store/seal.ts';
import { signedText } from '../stage/channels.ts';

/** The same accepting transactions, driven without HTTP: what the database and our code beside it can take. */
export async function driveSql(
  connection: pg.PoolConfig,
  key: Buffer,
  channelId: ChannelId,
  seconds: number,
  people: number,
  first: number,
): Promise<number> {
  const db = openDb(connection, 'roads');
  const seal = makeSeal(key);
  const registry = await openRegistry(db, seal);
  const channel = registry.known(channelId)!;
  const adapter = ADAPTERS[channel.type] as ChannelAdapter;
  const intake = openIntake({
    db,
    seal,
    committed() {},
    fault: (_one, error) => {
      throw error;
    },
  });
  let n = first;
  let accepted = 0;
  const started = performance.now();
  const end = started + seconds * 1_000;
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      while (performance.now() < end) {
        const { body, signature } = signedText(n, n % people);
        n++;
        const request: InboundRequest = {
          via: 'http',
          method: 'POST',
          publicUrl: '/webhooks',
          headers: { 'x-hub-signature-256': signature },
          body: Buffer.from(body),
          receivedAt: new Date(),
        };
        await intake.accept([{ channel, request, events: adapter.parse(request, channel.config), adapter: 'bench' }]);
        accepted++;
      }
    }),
  );
  const perSecond = accepted / ((performance.now() - started) / 1_000);
  registry.stop();
  await db.end();
  return perSecond;
}
