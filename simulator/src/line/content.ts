import { eachLab } from '../double.ts';
import type { StoredFile } from '../files.ts';
import type { Lab } from '../lab.ts';
import type { LineAccount } from './account.ts';

/** Films and sounds are prepared so long before LINE gives them. */
const preparingMs = 150;

/** A customer's file, under the message that holds it. */
interface Content {
  account: LineAccount;
  file: string;
  readyAt: number;
}
const contents = eachLab(() => new Map<string, Content>());

/** Keeps what a message holds until somebody fetches it. */
export function keepContent(lab: Lab, account: LineAccount, messageId: string, file: StoredFile, kind: string): void {
  const slow = kind === 'video' || kind === 'audio';
  const readyAt = slow ? Date.now() + preparingMs : 0;
  contents(lab).set(messageId, { account, file: file.id, readyAt });
}

/** Whoever unsends a message takes its file back, too. */
export const dropContent = (lab: Lab, messageId: string): boolean => contents(lab).delete(messageId);

export function contentOf(lab: Lab, account: LineAccount, messageId: string): StoredFile | 'preparing' | undefined {
  const found = contents(lab).get(messageId);
  if (found?.account !== account) return undefined;
  return found.readyAt > Date.now() ? 'preparing' : lab.files.get(found.file);
}

export function transcodingOf(lab: Lab, account: LineAccount, messageId: string): string {
  const found = contentOf(lab, account, messageId);
  if (found === 'preparing') return 'processing';
  return found ? 'succeeded' : 'failed';
}
