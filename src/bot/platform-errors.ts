import { DiscordAPIError, HTTPError, RESTJSONErrorCodes } from 'discord.js';

const hasCode = (thrown: unknown, codes: readonly number[]) =>
  thrown instanceof DiscordAPIError && codes.includes(Number(thrown.code));

/** The interaction's token is no longer taken. */
export const isExpired = (thrown: unknown) =>
  hasCode(thrown, [
    RESTJSONErrorCodes.InvalidWebhookToken,
    RESTJSONErrorCodes.UnknownWebhook,
    RESTJSONErrorCodes.UnknownInteraction,
  ]) ||
  (thrown instanceof DiscordAPIError && thrown.status === 401);

/** The message is deleted, too old to be edited or out of reach: only a new one helps. */
export const isGone = (thrown: unknown) =>
  hasCode(thrown, [
    RESTJSONErrorCodes.UnknownMessage,
    RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached,
    RESTJSONErrorCodes.InvalidActionOnArchivedThread,
  ]);

export const isTooLarge = (thrown: unknown) =>
  hasCode(thrown, [RESTJSONErrorCodes.RequestEntityTooLarge]) ||
  ((thrown instanceof DiscordAPIError || thrown instanceof HTTPError) && thrown.status === 413);
