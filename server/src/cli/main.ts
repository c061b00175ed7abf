import { Command, Option } from 'commander';
import type pg from 'pg';
import { ConfigError, readConfig, SETTINGS } from '../config.ts';
import { startEmbedded } from '../engine/embedded.ts';
import { EngineError } from '../engine/error.ts';
import { MAIN_WORKSPACE, openWorkspace } from '../store/bootstrap.ts';
import { openDb } from '../store/db.ts';
import { insertKey, newKeySecret } from '../store/keys.ts';
import { migrate } from '../store/migrate.ts';

const program = new Command('tributary').description('Every channel, one conversation.').showHelpAfterError();

program
  .command('start')
  .description('Start the platform. Settings come from the environment; see “tributary settings”.')
  .addOption(new Option('--roles <roles>', 'web, worker or both').default(undefined))
  .action(async (options: { roles?: string }) => {
    if (options.roles) process.env.TRIBUTARY_ROLES = options.roles;
    await import(new URL('./server.js', import.meta.url).href);
  });

program
  .command('settings')
  .description('List every setting with its default.')
  .action(() => {
    for (const [name, { fallback, help }] of Object.entries(SETTINGS))
      process.stdout.write(`${name}\n    ${help}\n    Default: ${fallback}\n`);
  });

program
  .command('keys')
  .description('Manage API keys.')
  .command('create')
  .description('Make an API key and print it: the secret is shown only here.')
  .addOption(new Option('--kind <kind>', 'what the key is for').choices(['api']).default('api'))
  .option('--name <name>', 'what it is called', 'Made by the command line')
  .option('--workspace <name>', 'the workspace it opens', MAIN_WORKSPACE)
  .option('--json', 'print JSON')
  .action(async (options: { name: string; workspace: string; json?: boolean }) => {
    await withDatabase(async (connection) => {
      const db = openDb({ ...connection, max: 2 });
      try {
        await migrate(db);
        const secret = newKeySecret();
        const key = await db.tx(async (tx) =>
          insertKey(tx, {
            workspaceId: (await openWorkspace(tx, options.workspace)).id,
            name: options.name,
            secret,
            permissions: ['admin'],
          }),
        );
        const made = { id: key.id, secret, appId: key.workspaceId };
        process.stdout.write(options.json ? `${JSON.stringify(made)}\n` : `${secret}\n`);
      } finally {
        await db.end();
      }
    });
  });

/** Opens the database the settings name: the one a running server uses, where there is one. */
async function withDatabase(work: (connection: pg.PoolConfig) => Promise<void>): Promise<void> {
  const config = readConfig(process.env);
  if (config.databaseUrl) return work({ connectionString: config.databaseUrl });
  const embedded = await startEmbedded({ dataDir: config.dataDir, log: () => {} });
  try {
    await work(embedded.connection);
  } finally {
    await embedded.stop();
  }
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    error instanceof ConfigError || error instanceof EngineError ? `${error.message}\n` : `${(error as Error).stack}\n`,
  );
  process.exitCode = 1;
}
