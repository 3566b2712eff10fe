/** An answer other than success, with the code Discord documents for it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'Problem';
  }
}

export const problems = {
  unauthorized: () => new Problem(401, 0, '401: Unauthorized'),
  notFound: () => new Problem(404, 0, '404: Not Found'),
  tooManyFollowUps: () =>
    new Problem(400, 40094, 'This interaction has hit the maximum number of follow-up messages'),
  missingAccess: () => new Problem(403, 50001, 'Missing Access'),
  unknownChannel: () => new Problem(404, 10003, 'Unknown Channel'),
  unknownGuild: () => new Problem(404, 10004, 'Unknown Guild'),
  unknownMessage: () => new Problem(404, 10008, 'Unknown Message'),
  unknownUser: () => new Problem(404, 10013, 'Unknown User'),
  unknownWebhook: () => new Problem(404, 10015, 'Unknown Webhook'),
  unknownInteraction: () => new Problem(404, 10062, 'Unknown interaction'),
  tooManyOldEdits: () =>
    new Problem(400, 30046, 'Maximum number of edits to messages older than 1 hour reached. Try again later'),
  tooLarge: () => new Problem(413, 40005, 'Request entity too large'),
  alreadyAcknowledged: () => new Problem(400, 40060, 'Interaction has already been acknowledged.'),
  notYours: () => new Problem(403, 50005, 'Cannot edit a message authored by another user'),
  emptyMessage: () => new Problem(400, 50006, 'Cannot send an empty message'),
  closedToYou: () => new Problem(403, 50007, 'Cannot send messages to this user'),
  missingPermissions: () => new Problem(403, 50013, 'Missing Permissions'),
  archivedThread: () => new Problem(400, 50083, 'Thread is archived'),
  unknownCommand: () => new Problem(404, 10063, 'Unknown application command'),
  invalidToken: () => new Problem(401, 50027, 'Invalid Webhook Token'),
  invalidForm: (why: string) => new Problem(400, 50035, `Invalid Form Body: ${why}`),
};

export function problemResponse(problem: Problem): Response {
  return Response.json({ message: problem.message, code: problem.code }, { status: problem.status });
}
