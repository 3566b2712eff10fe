import { ReverieError } from './errors.js';

/** What was wrong, for a sentence of its own: beneath an error of the pipeline lies what is wrong with the file. */
export function errorMessage(thrown: unknown): string {
  const cause = thrown instanceof ReverieError && thrown.cause !== undefined ? thrown.cause : thrown;
  return cause instanceof Error ? cause.message : String(cause);
}
