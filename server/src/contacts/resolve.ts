import type { Address, Profile, Thread } from '@tributary/channels';
import { newUuid, uuidOf } from '@tributary/protocol';
import {
  type AddressKey,
  claimAddresses,
  findAddresses,
  findConversations,
  insertConversations,
  insertParticipants,
  insertPeople,
  moveAddresses,
  type NewConversation,
  type NewPerson,
  updateProfiles,
} from '../store/accept.ts';
import { cleanJson, cleanText, type Tx } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';
import { BoundedMap } from './bounded_map.ts';

/** Somebody on a channel, in a thread: what a message needs to know of its place. Ids are uuids in hex. */
export interface Place {
  identity: string;
  conversation: string;
}
export interface Whereabouts {
  channel: Channel;
  from: Address;
  thread: Thread;
  profile?: Profile;
}

interface KnownIdentity {
  identity: string;
  /** What the profile said when we last wrote it. */
  profile: string;
}

/**
 * Remembers who is behind an address and which conversation a thread is, so that a message of a known sender costs no look-up. Memory is only
 * ever filled after a commit, and the insert of messages checks the conversations again: a stale memory costs a retry, never a message.
 */
export class Whereis {
  readonly identities: BoundedMap<string, KnownIdentity>;
  readonly conversations: BoundedMap<string, string>;
  constructor(size = 50_000) {
    this.identities = new BoundedMap(size);
    this.conversations = new BoundedMap(size);
  }
  forget(): void {
    this.identities.clear();
    this.conversations.clear();
  }
}

const addressKey = (ch: string, kind: string, value: string): string => `${ch} ${kind} ${value}`;
const threadKey = (ch: string, thread: string): string => `${ch} ${thread}`;

export interface Resolution {
  places: (Place | undefined)[];
  /** To be called once the transaction has committed. */
  remember(): void;
}

/**
 * Finds or makes the identity, contact, timeline and conversation of each. Everything new is claimed in sorted order and looked up again in a
 * later statement, so that two batches meeting the same new people wait for each other and agree.
 */
export async function resolvePlaces(tx: Tx, asked: readonly Whereabouts[], known: Whereis): Promise<Resolution> {
  const learnt: (() => void)[] = [];
  const identities = await resolveIdentities(tx, asked, known, learnt);
  const conversations = await resolveConversations(tx, asked, identities, known, learnt);
  return {
    places: asked.map((_, i) => ({ identity: identities[i]!, conversation: conversations[i]! })),
    remember: () => {
      for (const learn of learnt) learn();
    },
  };
}

/**
 * The places of people and threads that memory knows whole, without a look at the database; undefined when anything is new about any of them: a
 * name, a profile, a conversation, a group.
 */
export function recallPlaces(asked: readonly Whereabouts[], known: Whereis): Place[] | undefined {
  const places: Place[] = [];
  for (const one of asked) {
    if (one.thread.kind !== 'direct') return undefined;
    const names = namesOf(one).map((name) => known.identities.get(addressKey(name.ch, name.kind, name.value)));
    const identity = names[0]?.identity;
    if (!identity || names.some((name) => name?.identity !== identity)) return undefined;
    if (one.profile && JSON.stringify(one.profile) !== names[0]!.profile) return undefined;
    const thread = one.thread.key === one.from.value ? identity : cleanText(one.thread.key);
    const conversation = known.conversations.get(threadKey(uuidOf(one.channel.id), thread));
    if (!conversation) return undefined;
    places.push({ identity, conversation });
  }
  return places;
}

/** Everything a person is called by, cleaned for the database. */
function namesOf({ channel, from }: Whereabouts): AddressKey[] {
  const ws = uuidOf(channel.workspaceId);
  const ch = uuidOf(channel.id);
  return [from, ...(from.aliases ?? [])].map((address) => ({
    ws,
    ch,
    kind: address.kind,
    value: cleanText(address.value),
  }));
}

async function resolveIdentities(
  tx: Tx,
  asked: readonly Whereabouts[],
  known: Whereis,
  learnt: (() => void)[],
): Promise<string[]> {
  const result: string[] = new Array(asked.length);
  const profiles = new Map<string, { ws: string; identity: string; profile: Profile }>();
  const missing: { at: number; names: AddressKey[] }[] = [];
  asked.forEach((one, at) => {
    const names = namesOf(one);
    const remembered = names.map((name) => known.identities.get(addressKey(name.ch, name.kind, name.value)));
    const first = remembered.find(Boolean);
    // All names must be known, and be one person: otherwise there is something to learn.
    if (!first || remembered.some((other) => other?.identity !== first.identity)) {
      missing.push({ at, names });
      return;
    }
    result[at] = first.identity;
    const profile = one.profile ? JSON.stringify(one.profile) : '';
    if (profile && profile !== first.profile) {
      profiles.set(first.identity, { ws: names[0]!.ws, identity: first.identity, profile: one.profile! });
      learnt.push(() => {
        first.profile = profile;
      });
    }
  });
  if (missing.length > 0) await meetPeople(tx, asked, missing, result, known, learnt, profiles);
  if (profiles.size > 0) await updateProfiles(tx, cleanJson([...profiles.values()]));
  return result;
}

async function meetPeople(
  tx: Tx,
  asked: readonly Whereabouts[],
  missing: readonly { at: number; names: AddressKey[] }[],
  result: string[],
  known: Whereis,
  learnt: (() => void)[],
  profiles: Map<string, { ws: string; identity: string; profile: Profile }>,
): Promise<void> {
  const wanted = new Map<string, AddressKey>();
  for (const { names } of missing)
    for (const name of names) wanted.set(addressKey(name.ch, name.kind, name.value), name);

  let owners = index(await findAddresses(tx, [...wanted.values()]));
  const claims: (AddressKey & { identity: string })[] = [];
  const mine = new Map<string, { at: number; names: AddressKey[] }>();
  const claimed = new Map<string, string>();
  for (const one of missing) {
    const keys = one.names.map((name) => addressKey(name.ch, name.kind, name.value));
    const owner = keys.map((key) => owners.get(key) ?? claimed.get(key)).find(Boolean);
    const identity = owner ?? newUuid();
    one.names.forEach((name, i) => {
      if (owners.has(keys[i]!) || claimed.has(keys[i]!)) return;
      claims.push({ ...name, identity });
      claimed.set(keys[i]!, identity);
    });
    if (!owner) mine.set(identity, one);
  }
  if (claims.length > 0) {
    await claimAddresses(tx, claims);
    // A new statement sees what a rival committed while we waited; the rival's claim stands.
    owners = index(await findAddresses(tx, [...wanted.values()]));
  }

  const people: NewPerson[] = [];
  const moves: (AddressKey & { identity: string })[] = [];
  for (const one of missing) {
    const keys = one.names.map((name) => addressKey(name.ch, name.kind, name.value));
    const owned = keys.map((key) => owners.get(key));
    if (owned.some((owner) => owner === undefined)) throw new Error('An address that was just claimed is not there.');
    // The main address decides, unless it is only our fresh claim and an alias belongs to somebody already there.
    const standing = owned.find((owner) => owner !== undefined && !mine.has(owner));
    const identity = standing ?? owned[0]!;
    one.names.forEach((name, i) => {
      const owner = owned[i]!;
      if (owner !== identity && mine.has(owner)) moves.push({ ...name, identity });
    });
    if (mine.get(identity) === one) people.push(newPerson(asked[one.at]!, one.names[0]!, identity));
    result[one.at] = identity;
    const { profile } = asked[one.at]!;
    const spelled = profile ? JSON.stringify(profile) : '';
    if (profile && mine.get(identity) !== one) profiles.set(identity, { ws: one.names[0]!.ws, identity, profile });
    learnt.push(() => {
      const entry = { identity, profile: spelled };
      for (const key of keys) known.identities.set(key, entry);
    });
  }
  if (moves.length > 0) await moveAddresses(tx, moves);
  if (people.length > 0) await insertPeople(tx, cleanJson(people));
}

function index(found: readonly (AddressKey & { identity: string })[]): Map<string, string> {
  return new Map(found.map((row) => [addressKey(row.ch, row.kind, row.value), row.identity]));
}

function newPerson({ from, profile }: Whereabouts, main: AddressKey, identity: string): NewPerson {
  const named = (kind: Address['kind']): string | null =>
    [from, ...(from.aliases ?? [])].find((address) => address.kind === kind)?.value ?? null;
  return {
    ws: main.ws,
    ch: main.ch,
    identity,
    contact: newUuid(),
    timeline: newUuid(),
    kind: main.kind,
    value: main.value,
    name: profile?.name ?? null,
    phone: named('phone'),
    email: named('email'),
    picture: profile?.picture ?? null,
    profile: profile ?? {},
  };
}

async function resolveConversations(
  tx: Tx,
  asked: readonly Whereabouts[],
  identities: readonly string[],
  known: Whereis,
  learnt: (() => void)[],
): Promise<string[]> {
  const result: string[] = new Array(asked.length);
  const missing = new Map<string, NewConversation>();
  const groups: { ws: string; conv: () => string; identity: string }[] = [];
  // A person's own chat is named by the identity, so that a number and a business-scoped id lead to one conversation.
  const nameOf = ({ from, thread }: Whereabouts, at: number): string =>
    thread.kind === 'direct' && thread.key === from.value ? identities[at]! : cleanText(thread.key);
  asked.forEach((one, at) => {
    const { channel, thread } = one;
    const ws = uuidOf(channel.workspaceId);
    const ch = uuidOf(channel.id);
    const name = nameOf(one, at);
    const key = threadKey(ch, name);
    const remembered = known.conversations.get(key);
    if (remembered) result[at] = remembered;
    else if (!missing.has(key)) {
      missing.set(key, {
        ws,
        ch,
        thread: name,
        id: newUuid(),
        kind: thread.kind,
        title: thread.title ?? null,
        identity: thread.kind === 'direct' ? identities[at]! : null,
      });
    }
    if (thread.kind === 'group') groups.push({ ws, conv: () => result[at]!, identity: identities[at]! });
  });
  if (missing.size > 0) {
    await insertConversations(tx, cleanJson([...missing.values()]));
    const found = await findConversations(tx, [...missing.values()]);
    const ids = new Map(found.map((row) => [threadKey(row.ch, row.thread), row.id]));
    asked.forEach((one, at) => {
      if (result[at]) return;
      const key = threadKey(uuidOf(one.channel.id), nameOf(one, at));
      const id = ids.get(key);
      if (!id) throw new Error('A conversation that was just made is not there.');
      result[at] = id;
      learnt.push(() => known.conversations.set(key, id));
    });
  }
  if (groups.length > 0)
    await insertParticipants(
      tx,
      JSON.stringify(groups.map((row) => ({ ws: row.ws, conv: row.conv(), identity: row.identity }))),
    );
  return result;
}
