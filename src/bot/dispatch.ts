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
import { COMMANDS } from '../commands/all.js';
import { mayCancel, notAllowed } from '../commands/authorise.js';
import type { Claim } from '../commands/arrivals.js';
import type { Answer, CommandContext } from '../commands/command.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { fitResult } from '../commands/fit-result.js';
import type { KeptJob } from '../commands/keeping.js';
import { placeOf } from '../commands/place.js';
import { refusal } from '../commands/refusals.js';
import { toReverieError } from '../errors.js';
import { sentenceOf, translator, type Translate } from '../locales/translate.js';
import { MAKERS, TELLERS, type Act } from './actions.js';
import { defer } from './defer.js';
import { parseCustomId, type ButtonAction } from './custom-id.js';
import { fitToUploadLimit } from './fit-to-upload-limit.js';
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
import { isExpired } from './platform-errors.js';
import { readRemix, remix, remixModal } from './remix.js';
import { Reply } from './reply.js';
import { steadyNow } from './steady.js';
import { deleteResult, hideResult, scopeOf } from './result-messages.js';
import type { Studio } from './studio.js';
import { placeOfMessage } from './surface.js';
import { finalView, textView, view } from './views.js';

/** Answers one interaction; never rejects. */
export async function dispatch(interaction: Interaction, studio: Studio): Promise<void> {
  const { log } = studio.context;
  try {
    if (interaction.isAutocomplete()) await complete(interaction, studio);
    else if (interaction.isChatInputCommand()) await answer(interaction, studio, command);
    else if (interaction.isMessageContextMenuCommand()) await answer(interaction, studio, menu);
    else if (interaction.isButton()) await answer(interaction, studio, button);
    else if (interaction.isModalSubmit()) await answer(interaction, studio, modal);
  } catch (thrown) {
    log.error({ err: thrown, interaction: interaction.id }, 'an interaction could not be answered');
  }
}

/** Runs a handler; what it refuses becomes a sentence in the asking person's language. */
async function answer<I extends RepliableInteraction>(
  interaction: I,
  studio: Studio,
  handler: (interaction: I, studio: Studio, t: Translate) => Promise<void>,
): Promise<void> {
  const t = translator(interaction.locale);
  try {
    await handler(interaction, studio, t);
  } catch (thrown) {
    const { log } = studio.context;
    if (!interaction.deferred && !interaction.replied && isExpired(thrown)) {
      log.warn(
        { interaction: interaction.id },
        'an interaction was met too late: Discord has said so already',
      );
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
  studio: Studio,
  t: Translate,
): Promise<void> {
  const known = COMMANDS.get(interaction.commandName);
  if (!known) throw refusal('nothing-to-show', 'command');
  const place = placeOf(interaction);
  studio.checkRate(place.userId);
  if (known.answer === 'picture') {
    const make = (context: CommandContext) => known.run(interaction, context, { place, t });
    await render(interaction, studio, { make });
    return;
  }
  const run = () => known.run(interaction, studio.context, { place, t });
  if (known.answer === 'private') {
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    await carryOut(await run(), interaction, studio, t);
    return;
  }
  await studio.admit(place);
  const answer = await run();
  await defer(interaction);
  await carryOut(answer, interaction, studio, t);
}

/** How a new picture is asked for. */
interface Making {
  readonly claim?: Claim;
  /** Its downloads stop where the request is cancelled. */
  readonly make: (context: CommandContext) => Promise<RenderAsk>;
}

/** A place in the queue is held first; only then anything is downloaded, and only then everyone sees an answer. */
async function render(
  interaction: RepliableInteraction,
  studio: Studio,
  { claim, make }: Making,
): Promise<void> {
  const receivedAt = steadyNow();
  const place = placeOf(interaction);
  const reservation = await studio.reserve(place, claim);
  try {
    await defer(interaction);
    const made = await reservation.during((signal) => make(stoppable(studio.context, signal)));
    const reply = new Reply(interaction, { receivedAt });
    await reply.locate();
    await studio.submit(made, place, reply, reservation);
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
  studio: Studio,
  t: Translate,
): Promise<void> {
  const { uploadLimit, userId } = placeOf(interaction);
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
  const { keeping, messages, renderer } = studio.context;
  const job = await keeping.job(result.jobId);
  const kept = await keeping.result(result.jobId);
  if (!job || !kept) throw refusal('nothing-to-show', 'unfinished');
  if ((await messages.standing([job])).length === 0) throw refusal('nothing-to-show', 'withdrawn');
  const subject = await studio.subject(job, t);
  const message = await fitToUploadLimit(uploadLimit, async (maxBytes) =>
    interaction.editReply(finalView(subject, kept, await fitResult(kept, maxBytes, renderer))),
  );
  // The job's home stays where it is: what is shown here is a copy.
  await studio.addCopy(job, { ...placeOfMessage(message), userId });
}

async function menu(
  interaction: MessageContextMenuCommandInteraction,
  studio: Studio,
  t: Translate,
): Promise<void> {
  const name = menuNamed(interaction.commandName);
  if (!name) throw refusal('nothing-to-show', 'command');
  const place = placeOf(interaction);
  studio.checkRate(place.userId);
  const pictures = picturesOf(interaction);
  if (name === 'dream' && pictures.length === 1) {
    await render(interaction, studio, { make: (context) => dreamOn(pictures[0]!, context) });
    return;
  }
  await studio.admit(place);
  await interaction.showModal(await menuModal(name, pictures, place.userId, studio.context, t));
}

async function modal(interaction: ModalSubmitInteraction, studio: Studio, t: Translate): Promise<void> {
  const place = placeOf(interaction);
  studio.checkRate(place.userId);
  const form = menuFormOf(interaction.customId);
  if (form) {
    const picture = await pictureOfForm(form.id, interaction, studio.context);
    if (form.kind === 'use' && !interaction.fields.getUploadedFiles('image')?.size) {
      await studio.admit(place);
      await defer(interaction, { flags: MessageFlags.Ephemeral });
      await carryOut(await rememberStyle(picture, interaction, studio.context), interaction, studio, t);
      return;
    }
    const filled = readMenuForm(form.kind, interaction.fields, t);
    await render(interaction, studio, { make: (context) => renderMenuForm(filled, picture, context) });
    return;
  }
  const action = parseCustomId(interaction.customId);
  if (action?.action !== 'remix') throw refusal('nothing-to-show', 'button');
  const job = await keptJob(action, studio);
  const request = readRemix(interaction.fields, await studio.context.keeping.request(job.id), t);
  await render(interaction, studio, { make: (context) => remix(request, job, context) });
}

async function button(interaction: ButtonInteraction, studio: Studio, t: Translate): Promise<void> {
  const parsed = parseCustomId(interaction.customId);
  if (!parsed) throw refusal('nothing-to-show', 'button');
  const place = placeOf(interaction);
  const { action } = parsed;
  if (action === 'cancel') {
    await cancel(interaction, parsed.jobId, studio);
    return;
  }
  if (!studio.often.allows(place.userId)) throw refusal('not-allowed', 'too-often');
  const job = await keptJob(parsed, studio);
  const act: Act = { studio, job, place, t, messageId: interaction.message.id };
  if (action === 'remix') {
    await studio.admit(place);
    await interaction.showModal(remixModal(job, await studio.context.keeping.request(job.id), t));
  } else if (action === 'delete') {
    const scope = await scopeOf(act);
    await interaction.deferUpdate();
    await deleteResult(act, scope, () => interaction.deleteReply());
  } else if (action === 'spoiler') {
    const scope = await scopeOf(act);
    await interaction.deferUpdate();
    await hideResult(act, scope, (hidden) => interaction.editReply(hidden));
  } else if (action in MAKERS) {
    const make = () => MAKERS[action as keyof typeof MAKERS](act);
    await render(interaction, studio, { claim: { parent: job.id, action }, make });
  } else {
    await studio.admit(place);
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    const told = await TELLERS[action as keyof typeof TELLERS](act);
    await carryOut({ kind: 'reply', ...told }, interaction, studio, t);
  }
}

async function cancel(interaction: ButtonInteraction, jobId: string, studio: Studio): Promise<void> {
  const { queue } = studio.context;
  const { lists } = studio.options;
  const place = placeOf(interaction);
  const waiting = queue.get(jobId);
  if (waiting?.state !== 'queued' && waiting?.state !== 'running') throw refusal('nothing-to-show', 'over');
  if (!mayCancel(place, waiting, lists)) throw notAllowed();
  await interaction.deferUpdate();
  queue.cancel(jobId);
}

async function keptJob({ jobId }: ButtonAction, studio: Studio): Promise<KeptJob> {
  const job = await studio.context.keeping.job(jobId);
  if (!job) throw refusal('nothing-to-show', 'gone');
  return job;
}

async function complete(interaction: AutocompleteInteraction, studio: Studio): Promise<void> {
  const { context } = studio;
  const asking = { place: placeOf(interaction), t: translator(interaction.locale) };
  const known = COMMANDS.get(interaction.commandName);
  const choices = await Promise.resolve(known?.complete?.(interaction, context, asking)).catch(
    (thrown: unknown) => {
      context.log.warn({ err: thrown }, 'no choices could be offered');
      return [];
    },
  );
  await interaction.respond(choices ?? []);
}
