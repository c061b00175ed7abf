import { createHash } from 'node:crypto';

/** Ours, so that nobody else’s names make the same ids. */
const NAMESPACE = Buffer.from('6f1f2f0a5c0b5c6f9a3e7d1a4b8c2e90', 'hex');

/**
 * The UUID (version 5, by name) that stands for a name of ours: the same name always has the same one. Google wants UUIDs from us for messages
 * and events, and takes each only once: so whatever is sent again after a lost answer arrives once.
 */
export function toUuid(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
