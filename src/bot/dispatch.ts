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
import type { CommandResult } from '../commands/command.js';
import type { KeptJob } from '../commands/keeping.js';
import { placeOf } from '../commands/place.js';
import { refusal } from '../commands/refusals.js';
import { toReverieError } from '../errors.js';
import { sentenceOf, translator, type Translate } from '../locales/translate.js';
import { checkRule, hide, MAKERS, TELLERS, type Act } from './actions.js';
import { defer } from './defer.js';
import { parseCustomId, type ButtonAction } from './custom-id.js';
import { fitted } from './fitted.js';
import { dreamOn, menuModal, menuNamed, pictureIn, readMenuModal } from './menus.js';
import { isExpired } from './platform-errors.js';
import { readRemix, remixModal } from './remix.js';
import { Reply } from './reply.js';
import { steadyNow } from './steady.js';
import type { Studio } from './studio.js';
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
    const facts = { interaction: interaction.id, code: error.code };
    if (error.code === 'internal' || error.code === 'not-kept')
      log.error({ ...facts, err: thrown }, 'an interaction failed');
    else log.info({ ...facts, cause: (error.cause as Error | undefined)?.message }, 'a request was refused');
    await refuse(interaction, sentenceOf(error, t));
  }
}

/** In the answer where there is an empty one, else beside it and for one person only. */
async function refuse(interaction: RepliableInteraction, sentence: string): Promise<void> {
  // A button that only deferred an update has no answer of its own to fill.
  if (interaction.deferred && interaction.ephemeral !== null) {
    await interaction.editReply(textView(sentence));
    return;
  }
  const reply = { ...textView(sentence), flags: MessageFlags.Ephemeral as const };
  if (interaction.deferred || interaction.replied) await interaction.followUp(reply);
  else await interaction.reply(reply);
}

async function command(
  interaction: ChatInputCommandInteraction,
  studio: Studio,
  t: Translate,
): Promise<void> {
  const receivedAt = steadyNow();
  const known = COMMANDS.get(interaction.commandName);
  await defer(interaction, known && !known.ephemeral ? {} : { flags: MessageFlags.Ephemeral });
  if (!known) throw refusal('nothing-to-show', 'command');
  const place = placeOf(interaction);
  if (!known.ephemeral) await studio.admit(place);
  const run = () => known.run(interaction, studio.context, { place, t });
  const result = known.ephemeral ? await run() : await studio.context.arrivals.during(place, run);
  await carryOut(result, interaction, studio, t, receivedAt);
}

async function carryOut(
  result: CommandResult,
  interaction: RepliableInteraction,
  studio: Studio,
  t: Translate,
  receivedAt: number,
): Promise<void> {
  if (result.kind === 'render') {
    const reply = new Reply(interaction, { receivedAt });
    await reply.locate();
    await studio.submit(result, placeOf(interaction), reply);
    return;
  }
  if (result.kind === 'reply') {
    const files = (result.files ?? []).map(
      ({ name, bytes, description }) =>
        new AttachmentBuilder(Buffer.from(bytes), { name, description: description.slice(0, 1024) }),
    );
    await interaction.editReply(view({ content: result.content, files }));
    return;
  }
  const { keeping } = studio.context;
  const job = await keeping.job(result.jobId);
  const kept = await keeping.result(result.jobId);
  if (!job || !kept) throw refusal('nothing-to-show', 'unfinished');
  const image = await fitted(kept, placeOf(interaction).uploadLimit, studio.context.renderer);
  const subject = await studio.subject(job, t);
  const { id, channelId, guildId } = await interaction.editReply(finalView(subject, kept, image));
  // Reactions belong to where the picture was seen last.
  await keeping.placed(job.id, { guildId, channelId, messageId: id });
}

async function menu(
  interaction: MessageContextMenuCommandInteraction,
  studio: Studio,
  t: Translate,
): Promise<void> {
  const receivedAt = steadyNow();
  const name = menuNamed(interaction.commandName);
  if (!name) throw refusal('nothing-to-show', 'command');
  const picture = pictureIn(interaction);
  if (name !== 'dream') {
    const id = studio.openModals.remember(picture);
    await interaction.showModal(await menuModal(name, id, studio.context, t));
    return;
  }
  await defer(interaction);
  const place = placeOf(interaction);
  await studio.admit(place);
  const asked = await studio.context.arrivals.during(place, () => dreamOn(picture, studio.context));
  await carryOut(asked, interaction, studio, t, receivedAt);
}

async function modal(interaction: ModalSubmitInteraction, studio: Studio, t: Translate): Promise<void> {
  const receivedAt = steadyNow();
  const place = placeOf(interaction);
  const [, kind, id = ''] = /^v1:(paint|use):([0-9a-f-]{36})$/.exec(interaction.customId) ?? [];
  const remembers = kind === 'use' && !interaction.fields.getUploadedFiles('image')?.size;
  await defer(interaction, remembers ? { flags: MessageFlags.Ephemeral } : {});
  await studio.admit(place);
  if (kind === 'paint' || kind === 'use') {
    const picture = studio.openModals.take(id);
    const read = () => readMenuModal(kind, picture, interaction, studio.context);
    const made = await studio.context.arrivals.during(place, read);
    const result: CommandResult = typeof made === 'string' ? { kind: 'reply', content: made } : made;
    await carryOut(result, interaction, studio, t, receivedAt);
    return;
  }
  const action = parseCustomId(interaction.customId);
  if (action?.action !== 'remix') throw refusal('nothing-to-show', 'button');
  const job = await keptJob(action, studio);
  await carryOut(
    await readRemix(interaction.fields, job, studio.context),
    interaction,
    studio,
    t,
    receivedAt,
  );
}

async function button(interaction: ButtonInteraction, studio: Studio, t: Translate): Promise<void> {
  const receivedAt = steadyNow();
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
  const act: Act = { studio, job, place, t };
  if (action === 'remix') {
    await studio.admit(place);
    await interaction.showModal(remixModal(job, await studio.context.keeping.request(job.id), t));
  } else if (action === 'delete') {
    checkRule(act);
    await interaction.deferUpdate();
    await interaction.deleteReply();
    await studio.context.keeping.remove(job.id);
  } else if (action === 'spoiler') {
    checkRule(act);
    await interaction.deferUpdate();
    await interaction.editReply(await hide(act));
  } else if (action in MAKERS) {
    await defer(interaction);
    await studio.admit(place);
    const made = await MAKERS[action as keyof typeof MAKERS](act);
    await carryOut(made, interaction, studio, t, receivedAt);
  } else {
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    await studio.admit(place);
    const told = await TELLERS[action as keyof typeof TELLERS](act);
    await carryOut({ kind: 'reply', ...told }, interaction, studio, t, receivedAt);
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
