import type { Profile } from '../adapter.ts';
import { type Json, present, readText } from '../common/json.ts';

/** A person as Viber describes them. */
export function profileOf(user: Json | undefined): Profile | undefined {
  return present({
    name: readText(user?.name),
    picture: readText(user?.avatar),
    locale: readText(user?.language),
    country: readText(user?.country),
  });
}
