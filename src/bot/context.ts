import type { Client } from 'discord.js';
import type { Logger } from 'pino';
import type { CommandContext } from '../commands/shared/command.js';
import type { ReadPicture } from '../commands/shared/pictures.js';
import type { BotMessages } from './messages/posted-messages.js';
import type { PassingReplies } from './messages/passing-replies.js';
import type { ProgressMessages } from './messages/progress-messages.js';

/** The parts of the program that handlers of Discord's events use; each function names those that it needs. */
export interface BotContext extends CommandContext {
  readonly client: Client;
  readonly log: Logger;
  readonly messages: BotMessages;
  readonly progressMessages: ProgressMessages;
  readonly passingReplies: PassingReplies;
  /** @param signal aborts the downloads */
  readonly pictureReader: (signal?: AbortSignal) => ReadPicture;
}
