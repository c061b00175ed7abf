import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Seals secrets at rest: AES-256-GCM, a fresh 12-byte nonce each time. Layout: version (1), nonce (12), tag (16), cipher text. */
export interface Seal {
  seal(plain: Uint8Array | string): Buffer;
  /** Throws when the key is another one or a bit has changed. */
  open(sealed: Uint8Array): Buffer;
}

const VERSION = 1;

/** `key`: 32 bytes. */
export function makeSeal(key: Uint8Array): Seal {
  if (key.length !== 32) throw new Error('The encryption key must be 32 bytes, written as 64 hex digits or base64.');
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes[0] !== VERSION || bytes.length < 29) throw new Error('Not something we sealed.');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13));
      decipher.setAuthTag(bytes.subarray(13, 29));
      return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()]);
    },
  };
}
