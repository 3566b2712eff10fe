export const ERROR_CODES = [
  'aborted',
  'attachment-too-large',
  'attachment-unreachable',
  'download-failed',
  'image-broken',
  'image-too-large',
  'image-too-small',
  'image-unknown-type',
  'internal',
  'invalid-configuration',
  'invalid-parameter',
  'network-missing',
  'network-broken',
  'not-allowed',
  'not-delivered',
  'not-kept',
  'nothing-to-show',
  'queue-full',
  'render-failed',
  'timed-out',
  'unknown-layer',
  'unknown-network',
  'unknown-preset',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Values for the placeholders of a translation, by name. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/**
 * The only error whose message is shown to users. Anything else that is thrown is a bug: it is logged and answered with
 * the sentence of `internal`.
 * @property code what happened: a stable name for logs, metrics and translations
 * @property sentence a friendly English sentence for the user, without tokens or stack traces
 * @property details the values in the sentence
 * @property cause the underlying error, for the log only
 */
export class ReverieError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, sentence: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(sentence, { cause: options.cause });
    this.name = 'ReverieError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get sentence(): string {
    return this.message;
  }
}

/**
 * An error whose sentence is in the translations, under `error.<code>.<reason>`. Its own message, for logs, names the two.
 * @param details the values in the sentence
 */
export function refusal(code: ErrorCode, reason: string, details: ErrorDetails = {}): ReverieError {
  return new ReverieError(code, `${code}: ${reason}`, { details: { ...details, reason } });
}

/** Whatever was thrown, as an error that can be shown to a user. */
export function toReverieError(thrown: unknown): ReverieError {
  if (thrown instanceof ReverieError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new ReverieError('aborted', 'That picture was cancelled.', { cause: thrown });
  return new ReverieError('internal', 'Something went wrong on my side. The bot’s owner has been notified.', {
    cause: thrown,
  });
}

/** The message of an error for use within a sentence. For a `ReverieError` it is that of the cause, which is more specific. */
export function errorMessage(thrown: unknown): string {
  const cause = thrown instanceof ReverieError && thrown.cause !== undefined ? thrown.cause : thrown;
  return cause instanceof Error ? cause.message : String(cause);
}
