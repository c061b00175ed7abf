/** Every sentence of the widget, in English; a page may put its own in their place. */
export const WORDS = {
  open: 'Open chat',
  openUnread: 'Open chat, unread messages:',
  close: 'Close chat',
  conversation: 'Conversation',
  write: 'Write a message…',
  send: 'Send',
  you: 'You',
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  refused: 'Not sent.',
  retry: 'Try again',
  typing: 'is typing',
  offline: 'No connection. What you write is sent when it is back.',
  unavailable: 'This chat is not available here.',
  location: 'Location',
  noLocation: 'Your location could not be found.',
  file: 'File',
  picture: 'Picture',
  replies: 'Suggested answers',
  cards: 'Cards',
  reaction: 'Reaction',
  copied: 'Copied',
  attach: 'Send a file',
  drop: 'Drop the file to send it',
  uploading: 'Uploading',
  tooLarge: 'This file is empty or too large. The limit in MB:',
  wrongType: 'Files of this type cannot be sent here.',
};
export type Words = typeof WORDS;

/** Linktor's names for some of them. */
const OTHER_NAMES: Readonly<Record<string, keyof Words>> = {
  inputPlaceholder: 'write',
  sendButton: 'send',
  offlineMessage: 'offline',
};

/** The page's own words over ours. */
export function wordsOf(given: Readonly<Record<string, unknown>> = {}): Words {
  const words = { ...WORDS };
  for (const [name, text] of Object.entries(given)) {
    const key = OTHER_NAMES[name] ?? name;
    if (typeof text === 'string' && Object.hasOwn(words, key)) words[key as keyof Words] = text;
  }
  return words;
}

const RIGHT_TO_LEFT = /^(ar|arc|dv|fa|he|ku-arab|ps|sd|ug|ur|yi)\b/i;

/** Which way a language is written. */
export const directionOf = (language: string): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.test(language) ? 'rtl' : 'ltr');
