import type {
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { Logger } from 'pino';
import type { Forecast } from '../jobs/forecast.js';
import type { JobQueue } from '../jobs/queue.js';
import type { Translate } from '../locales/translate.js';
import type { Renderer } from '../pipeline/contract.js';
import type { PresetLibrary } from '../presets/library.js';
import type { Arrivals } from './arrivals.js';
import type { FetchAttachment } from './attachments.js';
import type { Lists } from './authorise.js';
import type { Keeping } from './keeping.js';
import type { Place } from './place.js';
import type { RenderAsk } from './render-ask.js';

export interface CommandContext {
  readonly renderer: Renderer;
  readonly queue: JobQueue;
  readonly forecast: Forecast;
  /** What is on its way there. */
  readonly arrivals: Arrivals;
  readonly presets: PresetLibrary;
  readonly log: Logger;
  readonly fetchAttachment: FetchAttachment;
  readonly keeping: Keeping;
  readonly lists: Lists;
}

/** What a handler wants done: a few words said, or a picture rendered. */
export type CommandResult =
  | { readonly kind: 'reply'; readonly content: string; readonly files?: readonly FileOut[] }
  | { readonly kind: 'show'; readonly jobId: string }
  | RenderAsk;

/** A file to be sent, with words for those who cannot see it. */
export interface FileOut {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly description: string;
}

/** Who speaks, and in which language. */
export interface Asking {
  readonly place: Place;
  readonly t: Translate;
}

export type Choices = readonly ApplicationCommandOptionChoiceData[];

/** The dispatcher has deferred the answer before `run` is called, visible to one person where `ephemeral`. */
export interface Command {
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  readonly ephemeral: boolean;
  run(
    interaction: ChatInputCommandInteraction,
    context: CommandContext,
    asking: Asking,
  ): Promise<CommandResult>;
  complete?(interaction: AutocompleteInteraction, context: CommandContext, asking: Asking): Promise<Choices>;
}
