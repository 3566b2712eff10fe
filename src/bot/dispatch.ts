import {
  MessageFlags,
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
} from 'discord.js';
import { COMMANDS } from '../commands/all.js';
import type { Command, CommandContext } from '../commands/command.js';
import { refusal } from '../commands/refusals.js';
import { toReverieError } from '../errors.js';
import { laneOf } from '../jobs/job.js';
import { sentenceOf, translator } from '../locales/translate.js';
import { pressButton } from './buttons.js';
import { Presenter } from './presenter.js';
import { Reply } from './reply.js';
import { textView } from './views.js';

export interface DispatchOptions {
  readonly context: CommandContext;
  readonly progressIntervalMs: number;
}

/** Uploads that every guild takes. */
const UPLOAD_LIMIT = 10 * 2 ** 20;

/** Answers one interaction; never rejects. */
export async function dispatch(interaction: Interaction, options: DispatchOptions): Promise<void> {
  const { log, queue } = options.context;
  try {
    if (interaction.isChatInputCommand()) await answerCommand(interaction, options);
    else if (interaction.isAutocomplete()) await complete(interaction, options.context);
    else if (interaction.isButton()) await pressButton(interaction, queue);
  } catch (thrown) {
    log.error({ err: thrown, interaction: interaction.id }, 'an interaction could not be answered');
  }
}

async function answerCommand(
  interaction: ChatInputCommandInteraction,
  options: DispatchOptions,
): Promise<void> {
  const receivedAt = Date.now();
  const command = COMMANDS.get(interaction.commandName);
  await interaction.deferReply(command && !command.ephemeral ? {} : { flags: MessageFlags.Ephemeral });
  try {
    if (!command) throw refusal('nothing-to-show', 'command');
    await runCommand(interaction, command, options, receivedAt);
  } catch (thrown) {
    const error = toReverieError(thrown);
    const { log } = options.context;
    const facts = { command: interaction.commandName, code: error.code };
    if (error.code === 'internal') log.error({ ...facts, err: thrown }, 'a command failed');
    else log.info({ ...facts, cause: describe(error.cause) }, 'a command was refused');
    await interaction.editReply(textView(sentenceOf(error, translator(interaction.locale))));
  }
}

async function runCommand(
  interaction: ChatInputCommandInteraction,
  command: Command,
  { context, progressIntervalMs }: DispatchOptions,
  receivedAt: number,
): Promise<void> {
  const result = await command.run(interaction, context, translator(interaction.locale));
  if (result.kind === 'reply') {
    await interaction.editReply(textView(result.content));
    return;
  }
  const { user, guildId } = interaction;
  const { request, plan } = result;
  context.queue.submit(
    { lane: laneOf(guildId, user.id), userId: user.id, title: plan.kind, request, plan },
    new Presenter({
      reply: new Reply(interaction, { receivedAt }),
      renderer: context.renderer,
      log: context.log,
      intervalMs: progressIntervalMs,
      uploadLimit: interaction.attachmentSizeLimit || UPLOAD_LIMIT,
      ask: result,
      t: translator(interaction.locale),
    }),
  );
}

async function complete(interaction: AutocompleteInteraction, context: CommandContext): Promise<void> {
  const command = COMMANDS.get(interaction.commandName);
  const choices = await Promise.resolve(
    command?.complete?.(interaction, context, translator(interaction.locale)),
  ).catch((thrown: unknown) => {
    context.log.warn({ err: thrown }, 'no choices could be offered');
    return [];
  });
  await interaction.respond(choices ?? []);
}

const describe = (cause: unknown) => (cause instanceof Error ? cause.message : undefined);
