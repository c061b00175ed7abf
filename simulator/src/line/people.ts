import type { Person } from '../control.ts';
import { eachLab } from '../double.ts';
import type { Lab } from '../lab.ts';
import { portrait } from '../people.ts';

const pictures = eachLab(() => new Map<string, string>());

/** The id of a person's picture, kept once; made again when the Lab has forgotten its files. */
export function pictureOf(lab: Lab, person: Person): string {
  const known = pictures(lab).get(person.id);
  if (known && lab.files.get(known)) return known;
  const { id } = lab.files.put({ mimeType: 'image/png', filename: 'profile.png', bytes: portrait(person.hue) });
  pictures(lab).set(person.id, id);
  return id;
}
