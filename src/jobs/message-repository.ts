/** Where a message is. `guildId` is null in direct messages. */
export interface MessageLocation {
  readonly guildId: string | null;
  readonly channelId: string;
  readonly messageId: string;
}

/** Another message that shows a result, beside the one that it was made in. */
export interface MessageCopy extends MessageLocation {
  /** The member for whom it was made; null if it is for everyone. */
  readonly userId: string | null;
}

/** The bot's messages beside those that its jobs render in. */
export interface MessageRepository {
  /** Another message shows the job. False when the job is no longer kept. */
  addCopy(id: string, copy: MessageCopy): Promise<boolean>;
  copiesOf(id: string): Promise<readonly MessageCopy[]>;
  /** Marks a copy for deletion and returns it. */
  discardCopy(messageId: string): Promise<readonly MessageLocation[]>;
  /** Messages of the bot that are marked for deletion. They stay marked until they are deleted, across restarts too. */
  unwantedMessages(): Promise<readonly MessageLocation[]>;
  addUnwanted(message: MessageLocation): Promise<void>;
  /** The message is deleted, or cannot be. */
  forgetUnwanted(messageId: string): Promise<void>;
}
