import type {
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { Logger } from 'pino';
import type { Estimates } from '../../jobs/estimates.js';
import type { JobQueue } from '../../jobs/queue.js';
import type { Translate } from '../../i18n/translate.js';
import type { Renderer } from '../../pipeline/renderer.js';
import type { Presets } from '../../styles/presets.js';
import type { PendingRequests } from './pending-requests.js';
import type { FetchAttachment } from './attachments.js';
import type { AccessLists } from './authorise.js';
import type { JobRecord, JobRepository } from '../../jobs/job-repository.js';
import type {
  FormRepository,
  GalleryRepository,
  PersonalDataRepository,
  StyleRepository,
} from '../../jobs/member-repositories.js';
import type { MessageLocation, MessageRepository } from '../../jobs/message-repository.js';
import type { SettingsRepository } from '../../jobs/settings-repository.js';
import type { Caller } from './caller.js';
import type { RenderCommand } from '../../jobs/render-command.js';

/** Everything that outlives the process. */
export type Repository = JobRepository &
  MessageRepository &
  SettingsRepository &
  StyleRepository &
  FormRepository &
  GalleryRepository &
  PersonalDataRepository;

export interface CommandContext {
  readonly renderer: Renderer;
  readonly queue: JobQueue;
  readonly estimates: Estimates;
  /** What is on its way there. */
  readonly pending: PendingRequests;
  readonly presets: Presets;
  readonly log: Logger;
  readonly fetchAttachment: FetchAttachment;
  readonly repository: Repository;
  readonly lists: AccessLists;
  readonly messages: PostedMessages;
}

/** Messages that the bot has posted. */
export interface PostedMessages {
  /** Deletes them, also after a restart. Returns those that it cannot delete. */
  delete(places: readonly MessageLocation[]): Promise<readonly MessageLocation[]>;
  /** Of these jobs, those whose message nobody has deleted. The others are withdrawn. */
  standing<J extends JobRecord>(jobs: readonly J[]): Promise<readonly J[]>;
}

/** What a command answers with: a few words and files, or a result that is kept. */
export type Answer =
  | { readonly kind: 'reply'; readonly content: string; readonly files?: FilesOut }
  | { readonly kind: 'show'; readonly jobId: string };

/** A file to be sent, with words for those who cannot see it. */
export interface FileOut {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly description: string;
}

/**
 * Makes the files of an answer, each of at most `maxBytes`. It is asked again with less where Discord finds them too
 * large. Throws `nothing-to-show` where that cannot be done.
 */
export type FilesOut = (maxBytes: number) => Promise<readonly FileOut[]>;

/** Who speaks, and in which language. */
export interface CallerContext {
  readonly caller: Caller;
  readonly t: Translate;
}

export type Choices = readonly ApplicationCommandOptionChoiceData[];

type Run<T> = (
  interaction: ChatInputCommandInteraction,
  context: CommandContext,
  callerContext: CallerContext,
) => Promise<T>;

interface Definition {
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  complete?(
    interaction: AutocompleteInteraction,
    context: CommandContext,
    callerContext: CallerContext,
  ): Promise<Choices>;
}

/** Asks for a new picture, which everyone sees. A place in the queue is held before `run` is called. */
export interface PictureCommand extends Definition {
  readonly answer: 'picture';
  readonly run: Run<RenderCommand>;
}

/** Answers the one who asked (`private`), or everyone (`public`). A private answer is deferred before `run` is called. */
export interface AnswerCommand extends Definition {
  readonly answer: 'private' | 'public';
  readonly run: Run<Answer>;
}

export type Command = PictureCommand | AnswerCommand;
