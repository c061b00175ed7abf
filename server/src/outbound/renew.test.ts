import { uuidOf } from '@tributary/protocol';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scriptedIo } from '../../../channels/testing/io.ts';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { adapterOf, makeChannel, makeWorkspace, SEAL } from '../inbound/testing.ts';
import { readChannel } from '../store/channels.ts';
import { type Db, openDb } from '../store/db.ts';
import { type Channel, openRegistry, type Registry } from '../store/registry.ts';
import { renewAll } from './renew.ts';

let fresh: FreshDatabase;
let db: Db;
let registry: Registry;
let channel: Channel;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb(fresh.connection);
  const config = { instagramId: '17841455500000001', accessToken: 'IGAA-old', appSecret: 'secret' };
  channel = await makeChannel(db, await makeWorkspace(db), 'instagram', config);
  registry = await openRegistry(db, SEAL);
});
afterAll(async () => {
  registry.stop();
  await db.end();
  await fresh.drop();
});

const renew = (answer: { status: number; body: unknown }, before?: () => Promise<void>) =>
  renewAll({
    db,
    seal: SEAL,
    registry,
    adapters: [adapterOf('instagram')],
    ioFor: () => {
      const io = scriptedIo('http://far', [answer]);
      const { http } = io;
      return {
        ...io,
        http: async (request) => {
          await before?.();
          return http.call(io, request);
        },
      };
    },
    log: pino({ level: 'silent' }),
  });
const token = async () => (await readChannel(db, SEAL, channel.workspaceId, channel.id))?.config.accessToken;

test('a token that was renewed is kept, sealed, and used at once', async () => {
  await renew({ status: 200, body: { access_token: 'IGAA-new' } });
  expect(await token()).toBe('IGAA-new');
  expect(registry.known(channel.id)?.config.accessToken).toBe('IGAA-new');
});

test('a refusal leaves the one that is there', async () => {
  await renew({ status: 400, body: { error: { message: 'too young', code: 100 } } });
  expect(await token()).toBe('IGAA-new');
});

test('what somebody entered meanwhile is not written over', async () => {
  const enter = () =>
    db
      .query('update channels set config = $1 where id = $2', [
        SEAL.seal(JSON.stringify({ ...channel.config, accessToken: 'IGAA-theirs' })),
        uuidOf(channel.id),
      ])
      .then(() => undefined);
  await renew({ status: 200, body: { access_token: 'IGAA-newer' } }, enter);
  expect(await token()).toBe('IGAA-theirs');
});
