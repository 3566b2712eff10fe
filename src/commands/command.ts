import type {
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { Logger } from 'pino';
import type { JobQueue } from '../jobs/queue.js';
import type { Plan, Renderer, RenderRequestInput } from '../pipeline/contract.js';
import type { PresetLibrary } from '../presets/library.js';
import type { FetchAttachment } from './attachments.js';

export interface CommandContext {
  readonly renderer: Renderer;
  readonly queue: JobQueue;
  readonly presets: PresetLibrary;
  readonly log: Logger;
  readonly fetchAttachment: FetchAttachment;
}

/** A line of the result's embed. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** What a handler wants done: a few words said, or a picture rendered. */
export type CommandResult =
  | { readonly kind: 'reply'; readonly content: string }
  | {
      readonly kind: 'render';
      readonly title: string;
      readonly request: RenderRequestInput;
      readonly plan: Plan;
      readonly fields: readonly Field[];
    };

export type Choices = readonly ApplicationCommandOptionChoiceData[];

/** The dispatcher has deferred the answer before `run` is called, visible to one person where `ephemeral`. */
export interface Command {
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  readonly ephemeral: boolean;
  run(interaction: ChatInputCommandInteraction, context: CommandContext): Promise<CommandResult>;
  complete?(interaction: AutocompleteInteraction, context: CommandContext): Promise<Choices>;
}
