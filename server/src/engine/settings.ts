import { PORT } from './socket.ts';

/** PostgreSQL's settings, given on its command line so that they follow our version and not the day the data folder was made. Durability is untouched: fsync, full pages and synchronous commit keep their defaults. */
const SETTINGS: Readonly<Record<string, string>> = {
  // Only a Unix socket that only its owner can open.
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: String(PORT),
  // Sized for a machine with two cores and a few GB.
  shared_buffers: '128MB',
  max_connections: '60',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // Nobody replicates from an embedded database; what is written stays as durable.
  wal_level: 'minimal',
  max_wal_senders: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO, MDY',
  lc_messages: 'C',
  // What a statement did wrong is told to the client; here it would only copy customers' words into a file.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** The command line of a postmaster. `extra` is for tests. */
export function postmasterArgs(
  cluster: string,
  socketFolder: string,
  extra: Readonly<Record<string, string>> = {},
): string[] {
  const settings = { ...SETTINGS, unix_socket_directories: quote(socketFolder), ...extra };
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The setting is a list: a folder with a comma or a space in its name stands in quotes. */
function quote(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`;
}
