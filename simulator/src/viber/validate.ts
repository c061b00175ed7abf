import { isObject } from '../http.ts';
import { badData, missingData, ViberError } from './error.ts';

type Json = Record<string, unknown>;

const requestLimit = 30 * 1024;
const trackingLimit = 4096;
/** The newest API version the phones of the Lab know. */
const apiVersion = 10;

/** Checks a message as the page on send_message describes it; throws Viber's refusal. */
export function checkMessage(message: Json): void {
  if (Buffer.byteLength(JSON.stringify(message)) > requestLimit) throw badData('request is larger than 30kB');
  const version = message.min_api_version ?? 1;
  if (!Number.isInteger(version)) throw badData('min_api_version is not a number');
  if (Number(version) > apiVersion) throw new ViberError(13);
  const sender = isObject(message.sender) ? message.sender : {};
  text(sender.name, 'sender.name', 28);
  if (sender.avatar !== undefined) link(sender.avatar, 'sender.avatar');
  if (message.tracking_data !== undefined) text(message.tracking_data, 'tracking_data', trackingLimit);
  checkContent(message, Number(version));
  if (message.keyboard !== undefined) checkKeyboard(message.keyboard, Number(version));
}

function checkContent(message: Json, version: number): void {
  switch (message.type) {
    case 'text':
      text(message.text, 'text', 7000);
      return;
    case 'picture':
      link(message.media, 'media');
      if (message.text === undefined) throw missingData('text');
      if (typeof message.text !== 'string' || message.text.length > 768) throw badData('text is too long');
      thumbnail(message);
      return;
    case 'video':
      link(message.media, 'media');
      size(message.size, 26);
      if (message.duration !== undefined && Number(message.duration) > 180) throw badData('duration is over 180');
      thumbnail(message);
      return;
    case 'file':
      link(message.media, 'media');
      size(message.size, 50);
      text(message.file_name, 'file_name', 256);
      if (!/\.\w+$/.test(String(message.file_name))) throw badData('file_name has no extension');
      if (/\.(?:exe|bat|cmd|msi|apk|app|sh|js|vbs|jar|scr)$/i.test(String(message.file_name)))
        throw badData('file type is forbidden');
      return;
    case 'contact': {
      const contact = isObject(message.contact) ? message.contact : {};
      text(contact.name, 'contact.name', 28);
      text(contact.phone_number, 'contact.phone_number', 18);
      return;
    }
    case 'location': {
      const place = isObject(message.location) ? message.location : {};
      const [lat, lon] = [Number(place.lat), Number(place.lon)];
      if (place.lat === undefined || place.lon === undefined) throw missingData('location');
      if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) throw badData('location is out of range');
      return;
    }
    case 'url':
      link(message.media, 'media');
      text(message.media, 'media', 2000);
      return;
    case 'sticker':
      if (message.sticker_id === undefined) throw missingData('sticker_id');
      if (!Number.isInteger(message.sticker_id)) throw badData('sticker_id is not a number');
      return;
    case 'rich_media':
      if (version < 2) throw badData('rich_media needs min_api_version 2');
      checkRichMedia(message.rich_media, version);
      return;
    case undefined:
      throw missingData('type');
    default:
      throw badData(`type ${String(message.type)} is unknown`);
  }
}

function text(value: unknown, name: string, most: number): void {
  if (value === undefined || value === '') throw missingData(name);
  if (typeof value !== 'string') throw badData(`${name} is not a string`);
  if (value.length > most) throw badData(`${name} is longer than ${most}`);
}

function link(value: unknown, name: string): void {
  text(value, name, 4096);
  if (!/^https?:\/\/\S+$/.test(String(value))) throw badData(`${name} is not a URL`);
}

function thumbnail(message: Json): void {
  if (message.thumbnail !== undefined) link(message.thumbnail, 'thumbnail');
}

function size(value: unknown, mostMb: number): void {
  if (value === undefined) throw missingData('size');
  if (!Number.isInteger(value) || Number(value) < 1) throw badData('size is not a number of bytes');
  if (Number(value) > mostMb * 1024 * 1024) throw badData(`size is over ${mostMb}MB`);
}

function checkKeyboard(value: unknown, version: number): void {
  if (!isObject(value) || value.Type !== 'keyboard') throw badData('keyboard.Type is not keyboard');
  const rows = checkButtons(value.Buttons, 'keyboard', 2, version);
  if (rows > 24) throw badData('keyboard has more than 24 rows');
}

function checkRichMedia(value: unknown, version: number): void {
  if (!isObject(value) || value.Type !== 'rich_media') throw badData('rich_media.Type is not rich_media');
  const [columns, rows] = [Number(value.ButtonsGroupColumns ?? 6), Number(value.ButtonsGroupRows ?? 7)];
  if (!(columns >= 1 && columns <= 6)) throw badData('ButtonsGroupColumns is not 1 to 6');
  if (!(rows >= 1 && rows <= 7)) throw badData('ButtonsGroupRows is not 1 to 7');
  checkButtons(value.Buttons, 'rich_media', 7, version);
  const buttons = value.Buttons as Json[];
  const cells = buttons.reduce((sum, one) => sum + Number(one.Columns ?? 6) * Number(one.Rows ?? 1), 0);
  if (cells > 6 * columns * rows) throw badData('rich_media has more than 6 blocks');
  if (buttons.some(({ ActionType }) => ActionType === 'location-picker' || ActionType === 'share-phone'))
    throw badData('rich_media takes no location-picker and no share-phone');
}

const kinds = new Set(['reply', 'open-url', 'location-picker', 'share-phone', 'none']);

/** Answers how many rows of six columns the buttons fill. */
function checkButtons(value: unknown, where: string, rowsMax: number, version: number): number {
  if (!Array.isArray(value) || value.length === 0) throw missingData(`${where}.Buttons`);
  let cells = 0;
  for (const button of value) {
    if (!isObject(button)) throw badData(`${where}.Buttons holds something else`);
    const [columns, rows] = [Number(button.Columns ?? 6), Number(button.Rows ?? 1)];
    const kind = String(button.ActionType ?? 'reply');
    if (!(Number.isInteger(columns) && columns >= 1 && columns <= 6)) throw badData('Columns is not 1 to 6');
    if (!(Number.isInteger(rows) && rows >= 1 && rows <= rowsMax)) throw badData(`Rows is not 1 to ${rowsMax}`);
    if (!kinds.has(kind)) throw badData(`ActionType ${kind} is unknown`);
    text(button.ActionBody, 'ActionBody', kind === 'open-url' ? 4096 : 250);
    if (kind === 'open-url') link(button.ActionBody, 'ActionBody');
    if (button.Text !== undefined) text(button.Text, 'Text', 250);
    if (button.Text === undefined && button.Image === undefined) throw missingData('Text or Image');
    if ((kind === 'location-picker' || kind === 'share-phone') && version < 3)
      throw badData(`${kind} needs min_api_version 3`);
    if (button.Silent === true && version < 6) throw badData('Silent needs min_api_version 6');
    cells += columns * rows;
  }
  return Math.ceil(cells / 6);
}
