/**
 * The constants of Discord's API that the page needs. A browser cannot import discord-api-types from here, but these
 * types make the compiler compare every value with it.
 * @typedef {typeof import('discord-api-types/v10')} Api
 */

/** @type {Pick<Api['ApplicationCommandType'], 'ChatInput' | 'Message'>} */
export const ApplicationCommandType = { ChatInput: 1, Message: 3 };

/**
 * @type {Pick<
 *   Api['ApplicationCommandOptionType'],
 *   'Subcommand' | 'SubcommandGroup' | 'Integer' | 'Boolean' | 'User' | 'Number' | 'Attachment'
 * >}
 */
export const OptionType = {
  Subcommand: 1,
  SubcommandGroup: 2,
  Integer: 4,
  Boolean: 5,
  User: 6,
  Number: 10,
  Attachment: 11,
};

/**
 * @type {Pick<
 *   Api['ComponentType'],
 *   | 'ActionRow' | 'Button' | 'StringSelect' | 'TextInput' | 'Section' | 'TextDisplay' | 'Thumbnail' | 'MediaGallery'
 *   | 'File' | 'Separator' | 'Container' | 'Label' | 'FileUpload'
 * >}
 */
export const ComponentType = {
  ActionRow: 1,
  Button: 2,
  StringSelect: 3,
  TextInput: 4,
  Section: 9,
  TextDisplay: 10,
  Thumbnail: 11,
  MediaGallery: 12,
  File: 13,
  Separator: 14,
  Container: 17,
  Label: 18,
  FileUpload: 19,
};

/** @type {Pick<Api['TextInputStyle'], 'Paragraph'>} */
export const TextInputStyle = { Paragraph: 2 };

/** @type {Pick<Api['MessageFlags'], 'Ephemeral' | 'Loading'>} */
export const MessageFlags = { Ephemeral: 64, Loading: 128 };

/** @type {Pick<Api['AttachmentFlags'], 'IsSpoiler'>} */
export const AttachmentFlags = { IsSpoiler: 8 };
