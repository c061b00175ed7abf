import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { Flood } from '../bucket.ts';
import type { Account } from '../control.ts';
import { type DoubleAccount, eachLab, type WantedAccount } from '../double.ts';
import { isObject } from '../http.ts';
import type { Lab } from '../lab.ts';
import { LabError } from '../lab-error.ts';
import { LedgerBook } from '../ledger.ts';
import { type Entry, PhoneBook, type PhoneState } from '../phones.ts';
import { RcsHook } from './webhook.ts';

/** What a person's phone can do: take messages, be out of reach for a while, or know nothing of RCS. */
export type Device = 'rcs' | 'offline' | 'none';

/** A message that has not come to its phone yet. */
export interface Waiting {
  phone: PhoneState;
  entry: Entry;
  /** When Google takes it back. */
  expiresAt: number | undefined;
}

/** One agent, and the service account of the partner that may speak for it. */
export class RcsAccount implements DoubleAccount {
  readonly public: Account;
  readonly agentId: string;
  readonly email: string;
  /** What assertions of the service account are signed with has this other half. */
  readonly publicKey: KeyObject;
  readonly clientToken: string;
  /** At the carriers: before that only testers are reached. */
  readonly launched: boolean;
  readonly testers = new Set<string>();
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly hook: RcsHook;
  /** Access tokens that were given out, and when they end. */
  readonly tokens = new Map<string, number>();
  /** Ids of messages and events that were taken before. */
  readonly taken = new Set<string>();
  readonly devices = new Map<string, Device>();
  readonly waiting = new Map<string, Waiting>();
  flood = newFlood();

  constructor(lab: Lab, wanted: WantedAccount) {
    const given = wanted.credentials ?? {};
    this.agentId = bareAgent(wanted.account ?? given.agentId ?? `lab_${randomBytes(4).toString('hex')}_agent`);
    const file = given.serviceAccountJson === undefined ? newKeyFile(this.agentId) : given.serviceAccountJson;
    const { email, publicKey } = readKeyFile(file);
    this.email = email;
    this.publicKey = publicKey;
    this.clientToken = given.clientToken ?? randomBytes(16).toString('hex');
    this.launched = given.launchState !== 'UNLAUNCHED';
    this.public = {
      provider: 'rcs',
      account: this.agentId,
      title: wanted.title ?? 'Lab Agent',
      credentials: { agentId: this.agentId, serviceAccountJson: file, clientToken: this.clientToken },
    };
    this.hook = new RcsHook(lab, this);
  }

  get heard(): boolean {
    return this.hook.url !== '';
  }

  get pending(): number {
    return this.hook.url ? this.hook.pending : 0;
  }

  deviceOf(person: string): Device {
    return this.devices.get(person) ?? 'rcs';
  }

  /** Where Google calls from now on. */
  listen(url: string): void {
    this.hook.set(url);
    this.public.webhookUrl = url;
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.taken.clear();
    this.testers.clear();
    this.devices.clear();
    this.waiting.clear();
    this.hook.drop();
    this.flood = newFlood();
  }
}

// Google's quota for an agent; to one person there is none.
const newFlood = () => new Flood([300, 300], [300, 300]);

/** Webhooks write the agent with its domain, calls without. */
export const bareAgent = (agentId: string): string => agentId.replace(/@rbm\.goog$/, '');

/** The agents of a Lab, by their short ids. */
export const agents = eachLab(() => new Map<string, RcsAccount>());

function newKeyFile(agentId: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    type: 'service_account',
    client_email: `${agentId.replace(/[^a-z0-9-]/gi, '-')}@lab.iam.gserviceaccount.com`,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
}

function readKeyFile(file: string): { email: string; publicKey: KeyObject } {
  try {
    const read: unknown = JSON.parse(file);
    if (isObject(read) && typeof read.client_email === 'string' && typeof read.private_key === 'string') {
      return { email: read.client_email, publicKey: createPublicKey(createPrivateKey(read.private_key)) };
    }
  } catch {
    // Told below, as for JSON of another shape.
  }
  throw new LabError(400, 'serviceAccountJson must be a key file with client_email and private_key.');
}
