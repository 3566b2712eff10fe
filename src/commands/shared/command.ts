import type {
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { Translate } from '../../i18n/translate.js';
import type { AccessLists } from '../../jobs/access.js';
import type { Estimates } from '../../jobs/estimates.js';
import type { JobRecord, JobRepository } from '../../jobs/job-repository.js';
import type { JobService, Requester } from '../../jobs/job-service.js';
import type {
  FormRepository,
  GalleryRepository,
  PersonalDataRepository,
  StyleRepository,
} from '../../jobs/member-repositories.js';
import type { MessageLocation, MessageRepository } from '../../jobs/message-repository.js';
import type { PendingRequests } from '../../jobs/pending-requests.js';
import type { JobQueue } from '../../jobs/queue.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import type { GuildStyleRepository, SettingsRepository } from '../../jobs/settings-repository.js';
import type { Renderer } from '../../pipeline/renderer.js';
import type { Presets } from '../../styles/presets.js';
import type { ReadPicture } from './pictures.js';

/** Everything that outlives the process. */
export type Repository = JobRepository &
  MessageRepository &
  SettingsRepository &
  GuildStyleRepository &
  StyleRepository &
  FormRepository &
  GalleryRepository &
  PersonalDataRepository;

/** The parts of the program that commands use; each command names those that it needs. */
export interface CommandContext {
  readonly jobs: JobService;
  readonly queue: JobQueue;
  readonly pending: PendingRequests;
  readonly estimates: Estimates;
  readonly renderer: Renderer;
  /** The presets that can be chosen in a guild: its own styles are among them. */
  readonly presetsIn: (guildId: string | null) => Presets;
  readonly repository: Repository;
  readonly messages: PostedMessages;
  readonly lists: AccessLists;
}

/** Messages that the bot has posted. */
export interface PostedMessages {
  /** Deletes messages, after a restart too if necessary. Returns those that cannot be deleted. */
  delete(messages: readonly MessageLocation[]): Promise<readonly MessageLocation[]>;
  /** The jobs among these whose message still exists. The others are withdrawn. */
  stillPosted<J extends JobRecord>(jobs: readonly J[]): Promise<readonly J[]>;
}

/** What a command answers: text and files, or a result that is kept. */
export type Answer =
  | { readonly kind: 'reply'; readonly content: string; readonly files?: FilesOut }
  | { readonly kind: 'show'; readonly jobId: string };

/** A file to be sent, with a description for people who cannot see it. */
export interface FileOut {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly description: string;
}

/**
 * Makes the files of an answer, each of at most `maxBytes`. Called again with a lower limit if Discord refuses them
 * as too large. Throws `nothing-to-show` if they cannot be made so small.
 */
export type FilesOut = (maxBytes: number) => Promise<readonly FileOut[]>;

/** Who uses the bot, under which settings, and in which language the answer is. */
export interface CallerContext extends Requester {
  readonly t: Translate;
}

export interface PictureRequest extends CallerContext {
  /** Downloads a picture. Stops if the request is cancelled. */
  readonly readPicture: ReadPicture;
}

export type Choices = readonly ApplicationCommandOptionChoiceData[];

interface Definition {
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  complete?(
    interaction: AutocompleteInteraction,
    request: CallerContext,
    context: CommandContext,
  ): Promise<Choices>;
}

/** Asks for a new picture, which everyone sees. Room in the queue is reserved before `run` is called. */
export interface PictureCommand extends Definition {
  readonly answer: 'picture';
  run(
    interaction: ChatInputCommandInteraction,
    request: PictureRequest,
    context: CommandContext,
  ): Promise<RenderCommand>;
}

/** Answers only the caller (`private`) or everyone (`public`). A private answer is deferred before `run` is called. */
export interface AnswerCommand extends Definition {
  readonly answer: 'private' | 'public';
  /** Subcommands that ask for a new picture instead. */
  readonly pictures?: Readonly<Record<string, Pick<PictureCommand, 'run'>>>;
  run(
    interaction: ChatInputCommandInteraction,
    request: CallerContext,
    context: CommandContext,
  ): Promise<Answer>;
}

export type Command = PictureCommand | AnswerCommand;
