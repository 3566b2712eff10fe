import { MessageFlags, type ButtonInteraction } from 'discord.js';
import type { CallerContext } from '../../commands/shared/command.js';
import { refusal } from '../../errors.js';
import { defer } from '../client/client.js';
import type { BotContext } from '../context.js';
import { deleteResult, hideResult, scopeOf, type ResultAction } from '../messages/result-messages.js';
import { isRenderAction, renderActions, replyActions } from './actions.js';
import { sendAnswer } from './answers.js';
import { parseActionId, type Action } from './custom-ids.js';
import { remixModal } from './remix.js';
import { startRender } from './start-render.js';

/** A button of a job's message. */
export async function pressButton(
  interaction: ButtonInteraction,
  request: CallerContext,
  context: BotContext,
): Promise<void> {
  const id = parseActionId(interaction.customId);
  if (!id) throw refusal('nothing-to-show', 'button');
  if (id.action === 'cancel') {
    if (!context.jobs.cancel(id.jobId, request.caller)) throw refusal('nothing-to-show', 'over');
    await interaction.deferUpdate();
    return;
  }
  context.jobs.checkActionRate(request.caller.userId);
  const job = await context.repository.job(id.jobId);
  if (!job) throw refusal('nothing-to-show', 'gone');
  await act(id.action, { ...request, job, messageId: interaction.message.id }, interaction, context);
}

async function act(
  action: Exclude<Action, 'cancel'>,
  result: ResultAction,
  interaction: ButtonInteraction,
  context: BotContext,
): Promise<void> {
  const { jobs, repository } = context;
  const { job, t } = result;
  if (action === 'remix') {
    jobs.checkAccess(result);
    await interaction.showModal(remixModal(job, await repository.request(job.id), t));
  } else if (action === 'delete') {
    const scope = await scopeOf(result, context);
    await interaction.deferUpdate();
    await deleteResult(result, scope, context, () => interaction.deleteReply());
  } else if (action === 'spoiler') {
    const scope = await scopeOf(result, context);
    await interaction.deferUpdate();
    await hideResult(result, scope, context, (hidden) => interaction.editReply(hidden));
  } else if (isRenderAction(action)) {
    const prepare = () => renderActions[action](result, context);
    await startRender(interaction, result, prepare, context, { parent: job.id, action });
  } else {
    jobs.checkAccess(result);
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    await sendAnswer(await replyActions[action](result, context), interaction, result, context);
  }
}
