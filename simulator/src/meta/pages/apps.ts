import { eachLab } from '../../double.ts';

/** What an app has subscribed to: one callback for each of its objects. */
interface Subscription {
  url: string;
  fields: string[];
}

/** The subscriptions of a Lab's apps, by `APP OBJECT`. */
export const apps = eachLab(() => new Map<string, Subscription>());
