import type { Double, MakeDouble } from '../../double.ts';
import type { Lab } from '../../lab.ts';
import { PageAccount, type Product, pages } from './account.ts';
import { apps } from './apps.ts';
import { actOnPage, DEEDS, writeText } from './customer.ts';

const play =
  (product: Product) =>
  (lab: Lab): Double<PageAccount> => {
    const known = () => pages(lab)[product];
    return {
      provider: product,
      baseUrl: (labUrl) => `${labUrl}/meta`,
      deeds: DEEDS[product],
      ensure(wanted) {
        const id = wanted.account ?? wanted.credentials?.[product === 'facebook' ? 'pageId' : 'instagramId'];
        let account = id === undefined ? undefined : known().get(id);
        if (!account) {
          account = new PageAccount(lab, product, wanted);
          known().set(account.id, account);
        }
        if (wanted.webhookUrl) account.hook.pasted = wanted.webhookUrl;
        account.publish();
        return account;
      },
      find: (account) => known().get(account),
      accounts: () => known().values(),
      act: (account, person, deed) => actOnPage(lab, account, person, deed),
      write: (account, person, text, watcher) => writeText(lab, account, person, text, watcher),
      reset() {
        for (const account of known().values()) account.reset();
      },
      forget() {
        known().clear();
        apps(lab).clear();
      },
    };
  };

/** Facebook pages at Messenger, behind the Graph API. */
export const facebook: MakeDouble = play('facebook');
/** Instagram accounts, behind a page or with a login of their own. */
export const instagram: MakeDouble = play('instagram');
