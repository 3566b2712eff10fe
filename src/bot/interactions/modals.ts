import { MessageFlags, type ModalSubmitInteraction } from 'discord.js';
import { buildRequest } from '../../commands/shared/build-request.js';
import type { CallerContext } from '../../commands/shared/command.js';
import { refusal } from '../../errors.js';
import { defer } from '../client/client.js';
import type { BotContext } from '../context.js';
import { sendAnswer } from './answers.js';
import { FIELDS, parseActionId, parseMenuFormId, type MenuForm } from './custom-ids.js';
import { picturesOfForm, readMenuForm, renderMenuForm, saveAsOwnStyle } from './menu-forms.js';
import { readRemix } from './remix.js';
import { startRender } from './start-render.js';

/** A modal that was filled in: of the remix button, or of a message's context menu. */
export async function submitModal(
  interaction: ModalSubmitInteraction,
  request: CallerContext,
  context: BotContext,
): Promise<void> {
  context.jobs.checkCommandRate(request.caller.userId);
  const form = parseMenuFormId(interaction.customId);
  if (form) {
    await submitMenuForm(form, interaction, request, context);
    return;
  }
  const id = parseActionId(interaction.customId);
  if (id?.action !== 'remix') throw refusal('nothing-to-show', 'button');
  const { repository, renderer } = context;
  const job = await repository.job(id.jobId);
  if (!job) throw refusal('nothing-to-show', 'gone');
  const remix = readRemix(interaction.fields, await repository.request(job.id), request.t);
  const notes = { styles: job.styles, spoiler: job.spoiler, parent: job.id };
  await startRender(interaction, request, () => buildRequest(remix, notes, renderer), context);
}

async function submitMenuForm(
  { menu, formId }: MenuForm,
  interaction: ModalSubmitInteraction,
  request: CallerContext,
  context: BotContext,
): Promise<void> {
  const { fields } = interaction;
  const { jobs, pictureReader, repository } = context;
  const pictures = await picturesOfForm(formId, interaction, repository);
  // Without a picture to repaint, the style becomes the member's own.
  if (menu === 'use' && !fields.getUploadedFiles(FIELDS.image)?.size) {
    jobs.checkAccess(request);
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    const answer = await saveAsOwnStyle(pictures[0], request, pictureReader(), repository);
    await sendAnswer(answer, interaction, request, context);
    return;
  }
  const values = readMenuForm(menu, fields, request.t);
  await startRender(
    interaction,
    request,
    (readPicture) => renderMenuForm(values, pictures, { ...request, readPicture }, context),
    context,
  );
}
