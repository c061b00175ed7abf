import type { ProviderRequest } from '../adapter.ts';

type Json = Record<string, unknown>;

/**
 * Viber publishes no machine-readable specification; this is what its pages on send_message and keyboards say, as faults it would find. Limits are
 * the stricter ones where the pages differ.
 */
export function viberFaults(request: ProviderRequest): string[] {
  if (request.method !== 'POST' || request.path !== '/send_message') return [`${request.path} is not send_message.`];
  const body = request.body as Json;
  const faults: string[] = [];
  const must = (fine: boolean, fault: string): void => {
    if (!fine) faults.push(fault);
  };
  const text = (value: unknown, max: number): boolean =>
    typeof value === 'string' && value.length > 0 && value.length <= max;
  must(text(body.receiver, 200), 'receiver is missing.');
  must(text((body.sender as Json | undefined)?.name, 28), 'sender.name is missing or too long.');
  must(Number.isInteger(body.min_api_version), 'min_api_version is no number.');
  must(body.tracking_data === undefined || text(body.tracking_data, 4000), 'tracking_data is too long.');
  must(Buffer.byteLength(JSON.stringify(body)) <= 30 * 1024, 'the body is larger than 30 kB.');
  switch (body.type) {
    case 'text':
      must(text(body.text, 7000), 'text is empty or too long.');
      break;
    case 'picture':
      must(typeof body.text === 'string' && body.text.length <= 512, 'a picture’s text is missing or too long.');
      must(isLink(body.media), 'media is no link.');
      break;
    case 'video':
    case 'file':
      must(isLink(body.media), 'media is no link.');
      // Where it is not known yet, `send` finds out before it goes.
      must(body.size === undefined || Number.isInteger(body.size), 'size is no number.');
      must(body.type === 'video' || /^.{1,250}\.\w{1,10}$/.test(String(body.file_name)), 'file_name has no extension.');
      break;
    case 'contact': {
      const contact = body.contact as Json;
      must(text(contact.name, 28) && text(contact.phone_number, 18), 'the contact is incomplete or too long.');
      break;
    }
    case 'location': {
      const { lat, lon } = body.location as Json;
      must(typeof lat === 'number' && typeof lon === 'number', 'the location is no point.');
      break;
    }
    case 'url':
      must(isLink(body.media) && text(body.media, 2000), 'media is no link, or too long.');
      break;
    case 'sticker':
      must(Number.isInteger(body.sticker_id), 'sticker_id is no number.');
      break;
    case 'rich_media':
      must(Number(body.min_api_version) >= 7, 'rich media needs version 7.');
      must(text(body.alt_text, 7000), 'alt_text is empty or too long.');
      faults.push(...richMediaFaults(body.rich_media as Json));
      break;
    default:
      faults.push(`${String(body.type)} is not a type.`);
  }
  if (body.keyboard) faults.push(...keyboardFaults(body.keyboard as Json, Number(body.min_api_version)));
  return faults;
}

const isLink = (value: unknown): boolean => typeof value === 'string' && /^https?:\/\//.test(value);

function keyboardFaults(keyboard: Json, version: number): string[] {
  const buttons = keyboard.Buttons as Json[];
  const cells = buttons.reduce((sum, button) => sum + Number(button.Columns) * Number(button.Rows), 0);
  const faults = buttons.flatMap((button, i) => buttonFaults(button, 2, `button ${i}`));
  if (keyboard.Type !== 'keyboard') faults.push('the keyboard is of another type.');
  if (buttons.length === 0 || cells > 24 * 6) faults.push('the keyboard is empty or has more than 24 rows.');
  if (version < 6 && buttons.some((button) => button.Silent)) faults.push('Silent needs version 6.');
  if (version < 3 && buttons.some((button) => button.ActionType === 'location-picker'))
    faults.push('location-picker needs version 3.');
  return faults;
}

function richMediaFaults(media: Json): string[] {
  const buttons = media.Buttons as Json[];
  const [columns, rows] = [Number(media.ButtonsGroupColumns), Number(media.ButtonsGroupRows)];
  const faults = buttons.flatMap((button, i) => buttonFaults(button, 7, `cell ${i}`));
  const cells = buttons.reduce((sum, button) => sum + Number(button.Columns) * Number(button.Rows), 0);
  if (!(columns >= 1 && columns <= 6 && rows >= 1 && rows <= 7)) faults.push('the blocks have no such size.');
  if (cells % (columns * rows) !== 0) faults.push('the cells do not fill their blocks.');
  if (cells > 6 * columns * rows) faults.push('there are more than six blocks.');
  if (buttons.some((button) => ['location-picker', 'share-phone'].includes(String(button.ActionType))))
    faults.push('rich media picks no locations and shares no numbers.');
  return faults;
}

function buttonFaults(button: Json, rowsMax: number, at: string): string[] {
  const faults: string[] = [];
  const whole = (value: unknown, max: number): boolean =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;
  if (!whole(button.Columns, 6) || !whole(button.Rows, rowsMax)) faults.push(`${at} has no such size.`);
  if (!['reply', 'open-url', 'location-picker', 'share-phone', 'none'].includes(String(button.ActionType)))
    faults.push(`${at} does nothing Viber knows.`);
  if (!button.ActionBody) faults.push(`${at} has no body.`);
  if (button.ActionType === 'reply' && String(button.ActionBody).length > 100)
    faults.push(`${at} is too long for iOS.`);
  if (button.ActionType === 'open-url' && !/^(?:https?|tel|viber):/.test(String(button.ActionBody)))
    faults.push(`${at} opens no link.`);
  if (button.Text === undefined && button.Image === undefined) faults.push(`${at} shows nothing.`);
  if (button.Text !== undefined) {
    const text = String(button.Text);
    if (text.length < 1 || text.length > 250) faults.push(`${at} has a label of ${text.length} characters.`);
    if (/&(?!(?:amp|lt|gt|quot|#\d+);)/.test(text) || /<(?!\/?(?:b|i|u|br|font)\b[^>]*>)/.test(text))
      faults.push(`${at} has a label that is no HTML.`);
  }
  return faults;
}
