import type {
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { Logger } from 'pino';
import type { JobQueue } from '../jobs/queue.js';
import type { Translate } from '../locales/translate.js';
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

/**
 * A line of the result's embed, in no language yet.
 *
 * @property name what the catalogue has under `field.…`
 * @property value as it is shown, or what the catalogue has under `choice.<name>.…`
 */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** A picture to be rendered. */
export interface RenderAsk {
  readonly kind: 'render';
  readonly request: RenderRequestInput;
  readonly plan: Plan;
  readonly fields: readonly Field[];
  /** The picture came hidden, so what becomes of it is hidden too. */
  readonly spoiler: boolean;
  /** The id of the job whose result this one goes on from. */
  readonly parent?: string;
}

/** What a handler wants done: a few words said, or a picture rendered. */
export type CommandResult = { readonly kind: 'reply'; readonly content: string } | RenderAsk;

export type Choices = readonly ApplicationCommandOptionChoiceData[];

/** The dispatcher has deferred the answer before `run` is called, visible to one person where `ephemeral`. */
export interface Command {
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  readonly ephemeral: boolean;
  /** @param t speaks the asking person's language */
  run(
    interaction: ChatInputCommandInteraction,
    context: CommandContext,
    t: Translate,
  ): Promise<CommandResult>;
  complete?(interaction: AutocompleteInteraction, context: CommandContext, t: Translate): Promise<Choices>;
}
