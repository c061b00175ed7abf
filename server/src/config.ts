import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { BucketSettings } from './media/bucket.ts';

/** Every setting: its name in the environment, its default, one sentence of help. Read once, here only. */
export const SETTINGS = {
  PORT: { fallback: '3000', help: 'The port of the API, the webhooks and the pages; 0 takes a free one.' },
  HOST: { fallback: '127.0.0.1 for the Lab, 0.0.0.0 with DATABASE_URL', help: 'The address to listen on.' },
  TRIBUTARY_DATA: {
    fallback: './data; as root below a closed folder, /var/lib/tributary',
    help: 'The folder of the embedded database, the key file and stored media.',
  },
  DATABASE_URL: { fallback: 'an embedded PostgreSQL in TRIBUTARY_DATA', help: 'A PostgreSQL server, 14 or newer.' },
  PUBLIC_URL: {
    fallback: 'http://localhost:PORT',
    help: 'The address under which providers reach this server; webhook URLs begin with it.',
  },
  TRIBUTARY_KEY: {
    fallback: 'TRIBUTARY_DATA/key, made at the first start',
    help: 'The key that seals credentials at rest: 32 bytes as hex or base64. Required with DATABASE_URL.',
  },
  TRIBUTARY_API_KEY: {
    fallback: 'none',
    help: 'A bootstrap admin key, for containers and tests; its workspace is not the demo workspace.',
  },
  TRIBUTARY_ENDPOINTS: { fallback: '{}', help: 'JSON: provider base URLs by channel type, for the Lab and tests.' },
  TRIBUTARY_ALLOW_PRIVATE_HOSTS: {
    fallback: 'none',
    help: 'Origins, comma-separated, that outgoing requests may reach although their address is private; * for all.',
  },
  TRIBUTARY_MEDIA: {
    fallback: 'TRIBUTARY_DATA/media',
    help: 'Where files are kept: a folder that all processes share, or s3://[KEY:SECRET@]BUCKET[/PREFIX]?region=…&endpoint=… for any S3-compatible store; without KEY:SECRET, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are used.',
  },
  TRIBUTARY_ROLES: { fallback: 'web,worker', help: 'What this process does: web, worker or both.' },
  TRIBUTARY_LAB: {
    fallback: 'auto without DATABASE_URL, else off',
    help: 'The Channel Lab: auto (a free port), a port, or off.',
  },
  TRIBUTARY_LOG: { fallback: 'info', help: 'How much to log: debug, info, warn, error or silent.' },
} as const;

export interface Config {
  port: number;
  host: string;
  dataDir: string;
  databaseUrl?: string;
  /** Without a trailing slash; undefined until the port is known. */
  publicUrl?: string;
  key: Buffer;
  bootstrapKey?: string;
  endpoints: Readonly<Record<string, string>>;
  allowPrivateOrigins: readonly string[];
  /** Where files are kept. */
  media: { folder: string } | { bucket: BucketSettings };
  roles: { web: boolean; worker: boolean };
  lab: 'off' | { port: number };
  logLevel: string;
}

/** A setting that cannot be used: one sentence for the person who set it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the settings. Throws ConfigError naming the setting and what to do. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const databaseUrl = env.DATABASE_URL || undefined;
  const port = readPort('PORT', env.PORT || '3000');
  const dataDir = resolve(env.TRIBUTARY_DATA || reachable(resolve('data')));
  const lab = env.TRIBUTARY_LAB || (databaseUrl ? 'off' : 'auto');
  const roles = (env.TRIBUTARY_ROLES || 'web,worker').split(',').map((role) => role.trim());
  const unknownRole = roles.find((role) => role !== 'web' && role !== 'worker');
  if (unknownRole !== undefined)
    throw new ConfigError(`TRIBUTARY_ROLES names “${unknownRole}”; it takes web and worker.`);
  return {
    port,
    host: env.HOST || (databaseUrl ? '0.0.0.0' : '127.0.0.1'),
    dataDir,
    databaseUrl,
    publicUrl: env.PUBLIC_URL ? readOrigin('PUBLIC_URL', env.PUBLIC_URL) : undefined,
    key: readKey(env.TRIBUTARY_KEY, databaseUrl, dataDir),
    bootstrapKey: env.TRIBUTARY_API_KEY || undefined,
    endpoints: readEndpoints(env.TRIBUTARY_ENDPOINTS),
    allowPrivateOrigins: (env.TRIBUTARY_ALLOW_PRIVATE_HOSTS || '')
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    media: readMedia(env, dataDir),
    roles: { web: roles.includes('web'), worker: roles.includes('worker') },
    lab: lab === 'off' ? 'off' : { port: lab === 'auto' ? 0 : readPort('TRIBUTARY_LAB', lab) },
    logLevel: env.TRIBUTARY_LOG || 'info',
  };
}

/** As root, PostgreSQL runs as somebody else, who cannot pass a folder closed to others, such as root's home: then the data goes where services keep theirs. */
function reachable(folder: string): string {
  if (process.getuid?.() !== 0) return folder;
  for (let path = dirname(folder); path !== dirname(path); path = dirname(path)) {
    if (existsSync(path) && (statSync(path).mode & 0o001) === 0) return '/var/lib/tributary';
  }
  return folder;
}

function readPort(name: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigError(`${name} is “${text}”; it must be a port, 0 to 65535.`);
  return port;
}

function readOrigin(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new ConfigError(`${name} is “${text}”; it must be an http or https URL.`);
  return text.replace(/\/+$/, '');
}

function readMedia(env: Readonly<Record<string, string | undefined>>, dataDir: string): Config['media'] {
  const text = env.TRIBUTARY_MEDIA;
  if (!text) return { folder: join(dataDir, 'media') };
  if (!text.startsWith('s3:')) return { folder: resolve(text) };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname) throw new ConfigError('TRIBUTARY_MEDIA must name a bucket: s3://BUCKET/PREFIX?region=….');
  const accessKeyId = decodeURIComponent(url.username) || env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = decodeURIComponent(url.password) || env.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey)
    throw new ConfigError(
      'TRIBUTARY_MEDIA needs credentials: s3://KEY:SECRET@BUCKET, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  const region = url.searchParams.get('region') || env.AWS_REGION || 'us-east-1';
  const endpoint = url.searchParams.get('endpoint');
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  return {
    bucket: {
      url: endpoint
        ? `${readOrigin('The endpoint of TRIBUTARY_MEDIA', endpoint)}/${url.hostname}`
        : `https://${url.hostname}.s3.${region}.amazonaws.com`,
      region,
      accessKeyId,
      secretAccessKey,
      sessionToken: url.username ? undefined : env.AWS_SESSION_TOKEN,
      prefix: prefix && `${prefix}/`,
    },
  };
}

function readEndpoints(text: string | undefined): Record<string, string> {
  if (!text) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('not an object');
    return Object.fromEntries(
      Object.entries(value).map(([type, url]) => [type, readOrigin(`TRIBUTARY_ENDPOINTS.${type}`, String(url))]),
    );
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('TRIBUTARY_ENDPOINTS must be a JSON object of base URLs by channel type.', { cause: error });
  }
}

function readKey(text: string | undefined, databaseUrl: string | undefined, dataDir: string): Buffer {
  if (text) {
    const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
    if (key.length !== 32) throw new ConfigError('TRIBUTARY_KEY must be 32 bytes, as 64 hex digits or as base64.');
    return key;
  }
  if (databaseUrl)
    throw new ConfigError(
      'TRIBUTARY_KEY is required with DATABASE_URL: every process must seal with the same key. Make one with: openssl rand -hex 32',
    );
  const file = join(dataDir, 'key');
  if (existsSync(file)) return readKey(readFileSync(file, 'utf8').trim(), undefined, dataDir);
  // The unprivileged user that PostgreSQL runs as must be able to pass through; the key itself is for us alone.
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o755);
  const key = randomBytes(32);
  writeFileSync(file, `${key.toString('hex')}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return key;
}

/** Shortens a path for people: the home folder becomes `~`. */
export function shortPath(path: string): string {
  const home = homedir();
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
