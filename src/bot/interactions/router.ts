import {
  AttachmentBuilder,
  MessageFlags,
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  type MessageContextMenuCommandInteraction,
  type ModalSubmitInteraction,
  type RepliableInteraction,
} from 'discord.js';
import { COMMANDS } from '../../commands/index.js';
import { mayCancel, notAllowed } from '../../commands/shared/authorise.js';
import type { Claim } from '../../commands/shared/pending-requests.js';
import type { Answer, CommandContext } from '../../commands/shared/command.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import { fitResult } from '../../commands/shared/fit-result.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import { callerOf } from '../../commands/shared/caller.js';
import { refusal } from '../../commands/shared/refusals.js';
import { toReverieError } from '../../errors.js';
import { sentenceOf, translator, type Translate } from '../../i18n/translate.js';
import { renderActions, replyActions, type ActionContext } from './actions.js';
import { defer } from '../client/defer.js';
import { parseCustomId, type ButtonAction } from './custom-id.js';
import { fitToUploadLimit } from '../messages/fit-to-upload-limit.js';
import {
  dreamOn,
  menuFormOf,
  menuModal,
  menuNamed,
  pictureOfForm,
  picturesOf,
  readMenuForm,
  rememberStyle,
  renderMenuForm,
} from './menus.js';
import { isExpired } from '../client/discord-errors.js';
import { readRemix, remix, remixModal } from './remix.js';
import { InteractionReply } from '../messages/interaction-reply.js';
import { monotonicNow } from '../../clock.js';
import { deleteResult, hideResult, scopeOf } from '../messages/result-messages.js';
import type { JobService } from '../job-service.js';
import { locationOf } from '../messages/message-target.js';
import { finalView, textView, view } from '../messages/views.js';

/** Answers one interaction; never rejects. */
export async function routeInteraction(interaction: Interaction, service: JobService): Promise<void> {
  const { log } = service.context;
  try {
    if (interaction.isAutocomplete()) await complete(interaction, service);
    else if (interaction.isChatInputCommand()) await answer(interaction, service, command);
    else if (interaction.isMessageContextMenuCommand()) await answer(interaction, service, menu);
    else if (interaction.isButton()) await answer(interaction, service, button);
    else if (interaction.isModalSubmit()) await answer(interaction, service, modal);
  } catch (thrown) {
    log.error({ err: thrown, interaction: interaction.id }, 'an interaction could not be answered');
  }
}

/** Runs a handler; what it refuses becomes a sentence in the asking person's language. */
async function answer<I extends RepliableInteraction>(
  interaction: I,
  service: JobService,
  handler: (interaction: I, service: JobService, t: Translate) => Promise<void>,
): Promise<void> {
  const t = translator(interaction.locale);
  try {
    await handler(interaction, service, t);
  } catch (thrown) {
    const { log } = service.context;
    if (!interaction.deferred && !interaction.replied && isExpired(thrown)) {
      log.warn({ interaction: interaction.id }, 'an interaction expired before it could be answered');
      return;
    }
    const error = toReverieError(thrown);
    const facts = { interaction: interaction.id, code: error.code, sentence: error.sentence };
    if (error.code === 'internal' || error.code === 'not-kept')
      log.error({ ...facts, err: thrown }, 'an interaction failed');
    else log.info({ ...facts, cause: (error.cause as Error | undefined)?.message }, 'a request was refused');
    await refuse(interaction, sentenceOf(error, t));
  }
}

/**
 * For the one who asked alone, wherever that can be done. Discord would make a follow-up to a deferred answer that
 * answer, for everyone to see; so an empty answer goes first.
 */
async function refuse(interaction: RepliableInteraction, sentence: string): Promise<void> {
  const words = { ...textView(sentence), flags: MessageFlags.Ephemeral as const };
  if (!interaction.deferred && !interaction.replied) {
    await interaction.reply(words);
    return;
  }
  // A button that only deferred an update has no answer of its own.
  const answers = interaction.deferred && interaction.ephemeral !== null;
  if (answers && interaction.ephemeral) {
    await interaction.editReply(textView(sentence));
    return;
  }
  if (answers) await interaction.deleteReply();
  await interaction.followUp(words);
}

async function command(
  interaction: ChatInputCommandInteraction,
  service: JobService,
  t: Translate,
): Promise<void> {
  const known = COMMANDS.get(interaction.commandName);
  if (!known) throw refusal('nothing-to-show', 'command');
  const caller = callerOf(interaction);
  service.checkRate(caller.userId);
  if (known.answer === 'picture') {
    const make = (context: CommandContext) => known.run(interaction, context, { caller, t });
    await render(interaction, service, { make });
    return;
  }
  const run = () => known.run(interaction, service.context, { caller, t });
  if (known.answer === 'private') {
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    await carryOut(await run(), interaction, service, t);
    return;
  }
  await service.admit(caller);
  const answer = await run();
  await defer(interaction);
  await carryOut(answer, interaction, service, t);
}

/** How a new picture is asked for. */
interface Making {
  readonly claim?: Claim;
  /** Its downloads stop where the request is cancelled. */
  readonly make: (context: CommandContext) => Promise<RenderCommand>;
}

/** A place in the queue is held first; only then anything is downloaded, and only then everyone sees an answer. */
async function render(
  interaction: RepliableInteraction,
  service: JobService,
  { claim, make }: Making,
): Promise<void> {
  const receivedAt = monotonicNow();
  const caller = callerOf(interaction);
  const reservation = await service.reserve(caller, claim);
  try {
    await defer(interaction);
    const made = await reservation.during((signal) => make(stoppable(service.context, signal)));
    const reply = new InteractionReply(interaction, { receivedAt });
    await reply.locate();
    await service.submit(made, caller, reply, reservation);
  } finally {
    reservation.release();
  }
}

/** The same context, whose downloads stop by a signal. */
const stoppable = (context: CommandContext, signal: AbortSignal): CommandContext => ({
  ...context,
  fetchAttachment: (file) => context.fetchAttachment(file, signal),
});

/** Says or shows something in an answer that is deferred. */
async function carryOut(
  result: Answer,
  interaction: RepliableInteraction,
  service: JobService,
  t: Translate,
): Promise<void> {
  const { uploadLimit, userId } = callerOf(interaction);
  if (result.kind === 'reply') {
    await fitToUploadLimit(uploadLimit, async (maxBytes) => {
      const files = (await result.files?.(maxBytes))?.map(
        ({ name, bytes, description }) =>
          new AttachmentBuilder(Buffer.from(bytes), { name, description: description.slice(0, 1024) }),
      );
      await interaction.editReply(view({ content: result.content, files: files ?? [] }));
    });
    return;
  }
  const { repository, messages, renderer } = service.context;
  const job = await repository.job(result.jobId);
  const kept = await repository.result(result.jobId);
  if (!job || !kept) throw refusal('nothing-to-show', 'unfinished');
  if ((await messages.standing([job])).length === 0) throw refusal('nothing-to-show', 'withdrawn');
  const subject = await service.subject(job, t);
  const message = await fitToUploadLimit(uploadLimit, async (maxBytes) =>
    interaction.editReply(finalView(subject, kept, await fitResult(kept, maxBytes, renderer))),
  );
  // The job's home stays where it is: what is shown here is a copy.
  await service.addCopy(job, { ...locationOf(message), userId });
}

async function menu(
  interaction: MessageContextMenuCommandInteraction,
  service: JobService,
  t: Translate,
): Promise<void> {
  const name = menuNamed(interaction.commandName);
  if (!name) throw refusal('nothing-to-show', 'command');
  const caller = callerOf(interaction);
  service.checkRate(caller.userId);
  const pictures = picturesOf(interaction);
  if (name === 'dream' && pictures.length === 1) {
    await render(interaction, service, { make: (context) => dreamOn(pictures[0]!, context) });
    return;
  }
  await service.admit(caller);
  await interaction.showModal(await menuModal(name, pictures, caller.userId, service.context, t));
}

async function modal(interaction: ModalSubmitInteraction, service: JobService, t: Translate): Promise<void> {
  const caller = callerOf(interaction);
  service.checkRate(caller.userId);
  const form = menuFormOf(interaction.customId);
  if (form) {
    const picture = await pictureOfForm(form.id, interaction, service.context);
    if (form.kind === 'use' && !interaction.fields.getUploadedFiles('image')?.size) {
      await service.admit(caller);
      await defer(interaction, { flags: MessageFlags.Ephemeral });
      await carryOut(await rememberStyle(picture, interaction, service.context), interaction, service, t);
      return;
    }
    const filled = readMenuForm(form.kind, interaction.fields, t);
    await render(interaction, service, { make: (context) => renderMenuForm(filled, picture, context) });
    return;
  }
  const action = parseCustomId(interaction.customId);
  if (action?.action !== 'remix') throw refusal('nothing-to-show', 'button');
  const job = await keptJob(action, service);
  const request = readRemix(interaction.fields, await service.context.repository.request(job.id), t);
  await render(interaction, service, { make: (context) => remix(request, job, context) });
}

async function button(interaction: ButtonInteraction, service: JobService, t: Translate): Promise<void> {
  const parsed = parseCustomId(interaction.customId);
  if (!parsed) throw refusal('nothing-to-show', 'button');
  const caller = callerOf(interaction);
  const { action } = parsed;
  if (action === 'cancel') {
    await cancel(interaction, parsed.jobId, service);
    return;
  }
  if (!service.rateLimiter.allows(caller.userId)) throw refusal('not-allowed', 'too-often');
  const job = await keptJob(parsed, service);
  const act: ActionContext = { service, job, caller, t, messageId: interaction.message.id };
  if (action === 'remix') {
    await service.admit(caller);
    await interaction.showModal(remixModal(job, await service.context.repository.request(job.id), t));
  } else if (action === 'delete') {
    const scope = await scopeOf(act);
    await interaction.deferUpdate();
    await deleteResult(act, scope, () => interaction.deleteReply());
  } else if (action === 'spoiler') {
    const scope = await scopeOf(act);
    await interaction.deferUpdate();
    await hideResult(act, scope, (hidden) => interaction.editReply(hidden));
  } else if (action in renderActions) {
    const make = () => renderActions[action as keyof typeof renderActions](act);
    await render(interaction, service, { claim: { parent: job.id, action }, make });
  } else {
    await service.admit(caller);
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    const told = await replyActions[action as keyof typeof replyActions](act);
    await carryOut({ kind: 'reply', ...told }, interaction, service, t);
  }
}

async function cancel(interaction: ButtonInteraction, jobId: string, service: JobService): Promise<void> {
  const { queue } = service.context;
  const { lists } = service.options;
  const caller = callerOf(interaction);
  const waiting = queue.get(jobId);
  if (waiting?.state !== 'queued' && waiting?.state !== 'running') throw refusal('nothing-to-show', 'over');
  if (!mayCancel(caller, waiting, lists)) throw notAllowed();
  await interaction.deferUpdate();
  queue.cancel(jobId);
}

async function keptJob({ jobId }: ButtonAction, service: JobService): Promise<JobRecord> {
  const job = await service.context.repository.job(jobId);
  if (!job) throw refusal('nothing-to-show', 'gone');
  return job;
}

async function complete(interaction: AutocompleteInteraction, service: JobService): Promise<void> {
  const { context } = service;
  const callerContext = { caller: callerOf(interaction), t: translator(interaction.locale) };
  const known = COMMANDS.get(interaction.commandName);
  const choices = await Promise.resolve(known?.complete?.(interaction, context, callerContext)).catch(
    (thrown: unknown) => {
      context.log.warn({ err: thrown }, 'autocomplete failed');
      return [];
    },
  );
  await interaction.respond(choices ?? []);
}
