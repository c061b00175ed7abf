import { MetaError } from '../error.ts';

/** A refusal of the Send API: code, perhaps a subcode, and Meta's sentence. */
export const refusal = (code: number, sentence: string, subcode?: number, status = 400): MetaError =>
  new MetaError(status, {
    message: `(#${code}) ${sentence}`,
    type: 'OAuthException',
    code,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
  });

/** A parameter that is missing or wrong. */
export const param = (sentence: string, subcode?: number): MetaError => refusal(100, sentence, subcode);
