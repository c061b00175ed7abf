import { randomBytes } from 'node:crypto';
import type { PhoneMessage } from '../control.ts';
import { drawAction } from './draw.ts';
import { type Fault, invalid, LineError, notFound } from './error.ts';
import { faultsOf } from './spec.ts';

type Json = Record<string, unknown>;
type Rows = NonNullable<PhoneMessage['buttons']>;

/** A rich menu as it was made; shown only once it has its picture. */
export interface Menu {
  made: Json & { areas: { bounds: Bounds; action: Json }[] };
  picture?: true;
}
interface Bounds {
  x: number;
  y: number;
}
/** What the menus of an account hang on. */
interface Holder {
  menus: Map<string, Menu>;
  menu: string | undefined;
}

const pictureMax = 1024 * 1024;

/** Makes a menu; answers its id. */
export function createMenu({ menus }: Holder, body: Json, ignored: string[]): Json {
  const faults: Fault[] = faultsOf('RichMenuRequest', body, ignored);
  for (const name of ['size', 'selected', 'name', 'chatBarText', 'areas']) {
    if (body[name] === undefined) faults.push({ message: 'May not be empty', property: name });
  }
  if (Array.isArray(body.areas) && body.areas.length > 20)
    faults.push({ message: 'Size must be between 0 and 20', property: 'areas' });
  if (faults.length > 0) throw invalid(faults);
  const richMenuId = `richmenu-${randomBytes(16).toString('hex')}`;
  menus.set(richMenuId, { made: body as Menu['made'] });
  return { richMenuId };
}

/** Gives a menu its picture, once. */
export function givePicture(holder: Holder, id: string, bytes: Buffer, type: string): Json {
  const menu = find(holder, id);
  if (type !== 'image/jpeg' && type !== 'image/png') throw new LineError(415, 'Unsupported Media Type');
  if (bytes.length > pictureMax) throw new LineError(413, 'The image is larger than 1 MB');
  if (menu.picture) throw new LineError(400, 'An image has already been uploaded to the richmenu');
  menu.picture = true;
  return {};
}

/** Shows a menu to everybody; without a picture it cannot be. */
export function showMenu(holder: Holder, id: string): Json {
  if (!find(holder, id).picture) throw new LineError(400, 'must upload richmenu image before applying it to user');
  holder.menu = id;
  return {};
}

export const describeMenu = (holder: Holder, id: string): Json => ({ richMenuId: id, ...find(holder, id).made });

export function shownMenu({ menu }: Holder): Json {
  if (!menu) throw new LineError(404, 'no default richmenu');
  return { richMenuId: menu };
}

export function hideMenu(holder: Holder): Json {
  holder.menu = undefined;
  return {};
}

export function deleteMenu(holder: Holder, id: string): Json {
  find(holder, id);
  holder.menus.delete(id);
  if (holder.menu === id) holder.menu = undefined;
  return {};
}

function find({ menus }: Holder, id: string): Menu {
  const menu = menus.get(id);
  if (!menu) throw notFound();
  return menu;
}

/** The areas as rows of buttons, as they lie on the picture. */
export function rowsOf({ made }: Menu): Rows {
  const rows = new Map<number, { x: number; button: Rows[number][number] }[]>();
  for (const { bounds, action } of made.areas) {
    const row = rows.get(bounds.y) ?? [];
    row.push({ x: bounds.x, button: { ...drawAction(action), style: 'keyboard' } });
    rows.set(bounds.y, row);
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([, row]) => row.sort((a, b) => a.x - b.x).map(({ button }) => button));
}
