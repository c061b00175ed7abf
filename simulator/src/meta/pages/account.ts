import { randomBytes, randomInt } from 'node:crypto';
import { Flood } from '../../bucket.ts';
import type { Account, Person, Phone } from '../../control.ts';
import { type DoubleAccount, eachLab, type WantedAccount } from '../../double.ts';
import type { Lab } from '../../lab.ts';
import { LedgerBook } from '../../ledger.ts';
import { PhoneBook } from '../../phones.ts';
import { builtIn, type Template } from '../templates.ts';
import { PageHook } from './hook.ts';
import { offersOf, type Profile } from './profile.ts';

/** The two products that speak through a page. */
export type Product = 'facebook' | 'instagram';

/** A Facebook page at Messenger, or an Instagram account: behind a page, or with a login of its own. */
export class PageAccount implements DoubleAccount {
  readonly public: Account;
  readonly product: Product;
  /** What webhooks name: the page, or the Instagram account. */
  readonly id: string;
  /** The page; an account with its own login has none. */
  readonly pageId: string | undefined;
  readonly username: string;
  readonly token: string;
  readonly appId: string;
  readonly appSecret: string;
  /** Meta grants customer matching by phone number to few; the Lab to everybody who does not say otherwise. */
  readonly matchesByPhone: boolean;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly templates: Template[] = builtIn.map((template) => ({ ...template }));
  /** Files handed in beforehand, by id. */
  readonly attachments = new Set<string>();
  /** Comments that a private reply has gone to. */
  readonly answered = new Set<string>();
  /** A link’s code, carried into the thread by who opened it and has not said a word yet. */
  readonly carried = new Map<string, string>();
  readonly hook: PageHook;
  profile: Profile = {};
  profileCalls: number[] = [];
  /** What the page tells the app; nothing until it is subscribed. */
  subscribed: string[] | undefined;
  flood = newFlood();

  constructor(lab: Lab, product: Product, wanted: WantedAccount) {
    const given = wanted.credentials ?? {};
    const id = () => String(randomInt(100_000_000, 999_999_999)) + String(randomInt(100_000, 999_999));
    const ownLogin = product === 'instagram' && given.accessToken !== undefined && given.pageAccessToken === undefined;
    this.product = product;
    this.id = wanted.account ?? given[product === 'facebook' ? 'pageId' : 'instagramId'] ?? id();
    this.pageId = product === 'facebook' ? this.id : ownLogin ? undefined : (given.pageId ?? id());
    this.username = given.username ?? 'lab_business';
    this.token = given.pageAccessToken ?? given.accessToken ?? `EAALab${randomBytes(24).toString('hex')}`;
    this.appId = given.appId ?? id();
    this.appSecret = given.appSecret ?? randomBytes(16).toString('hex');
    this.matchesByPhone = given.customerMatching !== 'closed';
    const title = wanted.title ?? 'Lab Business';
    const credentials = {
      ...(product === 'facebook' ? { pageId: this.id } : { instagramId: this.id, username: this.username }),
      ...(ownLogin ? { accessToken: this.token } : { pageAccessToken: this.token }),
      ...(product === 'instagram' && this.pageId ? { pageId: this.pageId } : {}),
      appId: this.appId,
      appSecret: this.appSecret,
      ...(given.verifyToken ? { verifyToken: given.verifyToken } : {}),
    };
    this.public = { provider: product, account: this.id, title, credentials };
    this.hook = new PageHook(lab, this);
  }

  get object(): 'page' | 'instagram' {
    return this.product === 'facebook' ? 'page' : 'instagram';
  }

  /** The node that messages are sent from. */
  get node(): string {
    return this.pageId ?? this.id;
  }

  get heard(): boolean {
    return this.hook.url !== '';
  }

  get pending(): number {
    return this.hook.pending;
  }

  get offers(): Pick<Phone, 'menu' | 'starters'> {
    return offersOf(this.profile);
  }

  /** The id Meta gives a person for this account alone. */
  idOf(person: Person): string {
    return this.product === 'facebook' ? person.facebook.psid : person.instagram.igsid;
  }

  /** Shows on the account where its webhooks go, after a change. */
  publish(): void {
    this.public.webhookUrl = this.hook.url || undefined;
    this.hook.wake();
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.hook.drop();
    this.answered.clear();
    this.carried.clear();
    this.profileCalls = [];
    this.flood = newFlood();
  }
}

// 300 a second for the page; too many into one thread is limited too.
const newFlood = () => new Flood([300, 300], [20, 60]);

/** The pages and accounts of a Lab, by id. */
export const pages = eachLab(() => ({
  facebook: new Map<string, PageAccount>(),
  instagram: new Map<string, PageAccount>(),
}));

/** Every page and account of a Lab. */
export const allPages = (lab: Lab): PageAccount[] => {
  const { facebook, instagram } = pages(lab);
  return [...facebook.values(), ...instagram.values()];
};
