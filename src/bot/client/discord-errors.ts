import { DiscordAPIError, HTTPError, RESTJSONErrorCodes } from 'discord.js';

const hasCode = (thrown: unknown, codes: readonly number[]) =>
  thrown instanceof DiscordAPIError && codes.includes(Number(thrown.code));

/** The interaction's token has expired. */
export const isExpired = (thrown: unknown) =>
  hasCode(thrown, [
    RESTJSONErrorCodes.InvalidWebhookToken,
    RESTJSONErrorCodes.UnknownWebhook,
    RESTJSONErrorCodes.UnknownInteraction,
  ]) ||
  (thrown instanceof DiscordAPIError && thrown.status === 401);

/** Somebody deleted the message. */
export const isDeleted = (thrown: unknown) => hasCode(thrown, [RESTJSONErrorCodes.UnknownMessage]);

/** Somebody deleted the channel. */
export const isUnknownChannel = (thrown: unknown) => hasCode(thrown, [RESTJSONErrorCodes.UnknownChannel]);

/** The message is deleted, too old to be edited or cannot be reached: a new one is needed, here or elsewhere. */
export const isGone = (thrown: unknown) =>
  hasCode(thrown, [
    RESTJSONErrorCodes.UnknownMessage,
    RESTJSONErrorCodes.UnknownChannel,
    RESTJSONErrorCodes.MissingAccess,
    RESTJSONErrorCodes.MissingPermissions,
    RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached,
    RESTJSONErrorCodes.InvalidActionOnArchivedThread,
  ]);

/** The bot has no access to the channel. */
export const isUnreachable = (thrown: unknown) =>
  isUnknownChannel(thrown) || hasCode(thrown, [RESTJSONErrorCodes.MissingAccess]);

/** undici's codes for requests that cannot be sent at all, such as one with a line break in a header. */
const UNSENDABLE = new Set<unknown>([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** Discord answers 5xx, or not at all, or discord.js has dropped the token: the same request may succeed later. */
export function isUnavailable(thrown: unknown): boolean {
  if (thrown instanceof HTTPError || thrown instanceof DiscordAPIError) return thrown.status >= 500;
  if (!(thrown instanceof Error)) return false;
  // discord.js drops the token after a 401.
  if (thrown.message.startsWith('Expected token to be set')) return true;
  const { code } = thrown as { code?: unknown };
  if (UNSENDABLE.has(code) || UNSENDABLE.has((thrown.cause as { code?: unknown } | undefined)?.code))
    return false;
  return (
    thrown.name === 'AbortError' ||
    thrown.message === 'fetch failed' ||
    (typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|ENET|EHOST|UND_ERR)/.test(code))
  );
}

/** The upload is too large. */
export const isTooLarge = (thrown: unknown) =>
  hasCode(thrown, [RESTJSONErrorCodes.RequestEntityTooLarge]) ||
  ((thrown instanceof DiscordAPIError || thrown instanceof HTTPError) && thrown.status === 413);
