/** The errors of Discord's REST API, with their documented status and code. */
import { RESTJSONErrorCodes as Code } from 'discord-api-types/v10';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  toResponse(): Response {
    return Response.json({ message: this.message, code: this.code }, { status: this.status });
  }
}

export const apiErrors = {
  unauthorized: () => new ApiError(401, Code.GeneralError, '401: Unauthorized'),
  notFound: () => new ApiError(404, Code.GeneralError, '404: Not Found'),
  unknownChannel: () => new ApiError(404, Code.UnknownChannel, 'Unknown Channel'),
  unknownGuild: () => new ApiError(404, Code.UnknownGuild, 'Unknown Guild'),
  unknownMessage: () => new ApiError(404, Code.UnknownMessage, 'Unknown Message'),
  unknownUser: () => new ApiError(404, Code.UnknownUser, 'Unknown User'),
  unknownWebhook: () => new ApiError(404, Code.UnknownWebhook, 'Unknown Webhook'),
  unknownInteraction: () => new ApiError(404, Code.UnknownInteraction, 'Unknown interaction'),
  unknownCommand: () => new ApiError(404, Code.UnknownApplicationCommand, 'Unknown application command'),
  tooManyOldEdits: () =>
    new ApiError(
      400,
      Code.MaximumNumberOfEditsToMessagesOlderThanOneHourReached,
      'Maximum number of edits to messages older than 1 hour reached. Try again later',
    ),
  tooLarge: () => new ApiError(413, Code.RequestEntityTooLarge, 'Request entity too large'),
  alreadyAcknowledged: () =>
    new ApiError(
      400,
      Code.InteractionHasAlreadyBeenAcknowledged,
      'Interaction has already been acknowledged.',
    ),
  tooManyFollowUps: () =>
    new ApiError(
      400,
      Code.ThisInteractionHasHitTheMaximumNumberOfFollowUpMessages,
      'This interaction has hit the maximum number of follow-up messages',
    ),
  missingAccess: () => new ApiError(403, Code.MissingAccess, 'Missing Access'),
  missingPermissions: () => new ApiError(403, Code.MissingPermissions, 'Missing Permissions'),
  notTheAuthor: () =>
    new ApiError(
      403,
      Code.CannotEditMessageAuthoredByAnotherUser,
      'Cannot edit a message authored by another user',
    ),
  emptyMessage: () => new ApiError(400, Code.CannotSendAnEmptyMessage, 'Cannot send an empty message'),
  cannotMessageUser: () =>
    new ApiError(403, Code.CannotSendMessagesToThisUser, 'Cannot send messages to this user'),
  archivedThread: () => new ApiError(400, Code.InvalidActionOnArchivedThread, 'Thread is archived'),
  invalidToken: () => new ApiError(401, Code.InvalidWebhookToken, 'Invalid Webhook Token'),
  invalidForm: (reason: string) =>
    new ApiError(400, Code.InvalidFormBodyOrContentType, `Invalid Form Body: ${reason}`),
};
