import { createRequire } from 'node:module';
import type { Stage } from '../stage/inside.ts';
import type { Block } from './read_document.ts';

/** How a block is held against the platform: by running it, by saying what of it must wait, or both. */
export interface Entry {
  /** A promise in prose: the sentence as it stands in the document. Blocks and tables are found by themselves. */
  sentence?: string;
  run?(stage: Stage, block: Block): Promise<void>;
  pending?: readonly Pending[];
}

/** What of a block cannot be executed yet. */
export interface Pending {
  /** The part that waits; the whole block where absent. */
  part?: string;
  why: string;
  /** Whether what it waits for is here. Once it is, the block must be run instead. */
  ready(stage: Stage, block: Block): Promise<boolean>;
}

/** An answer of the platform, whatever its status. */
export interface Answer<T> {
  status: number;
  body: T;
}

/** Asks the native API and takes every answer. */
export async function ask<T>(stage: Stage, method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const answer = await fetch(`${stage.app.url}/api/v1${path}`, {
    method,
    headers: { 'x-api-key': stage.key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as T };
}

/** A row of `GET /channel-types`. */
export interface TypeInfo {
  type: string;
  features: Record<string, { out?: string; in?: string; note?: string }>;
}

/** The channel types that exist, by name. */
export async function readTypes(stage: Stage): Promise<Map<string, TypeInfo>> {
  const { data } = await stage.api<{ data: TypeInfo[] }>('/channel-types');
  return new Map(data.map((one) => [one.type, one]));
}

/** Waits for the client library that the block imports, or ours of the same interface. */
export const untilSdk: Pending = {
  part: 'the SDK’s class',
  why: 'the SDK does not exist yet; the HTTP call beneath is executed.',
  ready: async () => ['@linktor/sdk', '@tributary/sdk'].some(isInstalled),
};

function isInstalled(name: string): boolean {
  try {
    return createRequire(import.meta.url).resolve(name) !== '';
  } catch {
    return false;
  }
}
