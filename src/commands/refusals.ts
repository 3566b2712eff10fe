import { ReverieError, type ErrorCode, type ErrorDetails } from '../errors.js';
import { translator } from '../locales/translate.js';
import { keyOf } from './define.js';

const english = translator('en');

/** An error whose sentences are in the catalogue, under `error.<code>.<reason>`. */
export function refusal(code: ErrorCode, reason: string, details: ErrorDetails = {}): ReverieError {
  const sentence = english(keyOf(`error.${code}.${reason}`), details);
  return new ReverieError(code, sentence, { details: { ...details, reason } });
}
