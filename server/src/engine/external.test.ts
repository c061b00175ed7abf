import { afterAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../../../test/harness/database.ts';
import { EngineError } from './error.ts';
import { checkServerVersion, versionFault } from './external.ts';
import { Ground, query } from './testing/folders.ts';

const ground = new Ground();
afterAll(() => ground.sweep());

describe('the server of DATABASE_URL', () => {
  it('is used when it is 14 or newer', async () => {
    const fresh = await freshDatabase();
    expect(Number.parseInt(await checkServerVersion(fresh.connection), 10)).toBeGreaterThanOrEqual(14);
    await fresh.drop();
  });

  it('is refused when it is older, in a sentence with both versions', () => {
    expect(versionFault(140_000, '14.0', 'db:5432')).toBeUndefined();
    expect(versionFault(130_014, '13.14', 'db:5432')).toBe(
      'The database at db:5432 is PostgreSQL 13.14, and Tributary needs 14 or newer: upgrade it, or unset DATABASE_URL to use the embedded one.',
    );
  });

  it('is refused when its database cannot hold every letter', async () => {
    const engine = await ground.start(await ground.usedFolder());
    await query(
      engine.connection,
      `create database old encoding 'LATIN1' locale 'C' locale_provider libc template template0`,
    );
    await expect(checkServerVersion({ ...engine.connection, database: 'old' })).rejects.toThrow(/encoded in LATIN1/);
    await engine.stop();
  });

  it('that does not answer is one sentence without the password', async () => {
    const answer = checkServerVersion({ connectionString: 'postgres://somebody:sesame@localhost:1/db' });
    await expect(answer).rejects.toThrow(EngineError);
    await expect(answer).rejects.toThrow(
      /The database at localhost:1 cannot be used \(.*ECONNREFUSED.*\): check DATABASE_URL/,
    );
    await expect(answer).rejects.not.toThrow(/sesame/);
  });
});
