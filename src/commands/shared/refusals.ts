import { ReverieError, toReverieError, type ErrorCode, type ErrorDetails } from '../../errors.js';
import { translator } from '../../i18n/translate.js';
import { keyOf } from './define.js';

const english = translator('en');

/** An error whose sentences are in the catalogue, under `error.<code>.<reason>`. */
export function refusal(code: ErrorCode, reason: string, details: ErrorDetails = {}): ReverieError {
  const sentence = english(keyOf(`error.${code}.${reason}`), details);
  return new ReverieError(code, sentence, { details: { ...details, reason } });
}

/** For `catch`: a lost picture is one job's misfortune; what else goes wrong is everybody's. */
export function unlessGone(thrown: unknown): undefined {
  if (toReverieError(thrown).code !== 'nothing-to-show') throw thrown;
}
