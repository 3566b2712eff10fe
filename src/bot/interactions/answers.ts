/** What is sent in answer to an interaction, apart from jobs. */
import { AttachmentBuilder, MessageFlags, type RepliableInteraction } from 'discord.js';
import type { Answer, CallerContext } from '../../commands/shared/command.js';
import { fitResult } from '../../commands/shared/pictures.js';
import { refusal } from '../../errors.js';
import type { BotContext } from '../context.js';
import { fitToUploadLimit } from '../messages/fit-to-upload-limit.js';
import { locationOf } from '../messages/message-target.js';
import { subjectOf } from '../messages/subject.js';
import { finalView, textView, view } from '../messages/views.js';

/** Characters of an attachment's description; Discord's limit. */
const DESCRIPTION_MAX = 1024;

type Context = Pick<BotContext, 'repository' | 'messages'>;

/** Sends an answer as the reply of an interaction that is deferred. */
export async function sendAnswer(
  answer: Answer,
  interaction: RepliableInteraction,
  request: CallerContext,
  context: Context,
): Promise<void> {
  if (answer.kind === 'show') {
    await showAgain(answer.jobId, interaction, request, context);
    return;
  }
  await fitToUploadLimit(request.caller.uploadLimit, async (maxBytes) => {
    const files = ((await answer.files?.(maxBytes)) ?? []).map(
      ({ name, bytes, description }) =>
        new AttachmentBuilder(Buffer.from(bytes), {
          name,
          description: description.slice(0, DESCRIPTION_MAX),
        }),
    );
    await interaction.editReply(view({ content: answer.content, files }));
  });
}

async function showAgain(
  jobId: string,
  interaction: RepliableInteraction,
  { caller, t }: CallerContext,
  { repository, messages }: Context,
): Promise<void> {
  const job = await repository.job(jobId);
  const result = await repository.result(jobId);
  if (!job || !result) throw refusal('nothing-to-show', 'unfinished');
  if ((await messages.stillPosted([job])).length === 0) throw refusal('nothing-to-show', 'withdrawn');
  const subject = await subjectOf(job, t, repository);
  const message = await fitToUploadLimit(caller.uploadLimit, async (maxBytes) =>
    interaction.editReply(finalView(subject, result, await fitResult(result, maxBytes))),
  );
  await messages.addCopy(job.id, { ...locationOf(message), userId: caller.userId });
}

/**
 * Answers so that only the caller sees it, wherever that is possible. Discord would turn the first follow-up to a
 * deferred public answer into that answer, for everyone to see, so the deferred answer is deleted first.
 */
export async function sendRefusal(interaction: RepliableInteraction, sentence: string): Promise<void> {
  const reply = { ...textView(sentence), flags: MessageFlags.Ephemeral as const };
  if (!interaction.deferred && !interaction.replied) {
    await interaction.reply(reply);
    return;
  }
  // A button that only deferred an update has no answer of its own.
  const hasAnswer = interaction.deferred && interaction.ephemeral !== null;
  if (hasAnswer && interaction.ephemeral) {
    await interaction.editReply(textView(sentence));
    return;
  }
  if (hasAnswer) await interaction.deleteReply();
  await interaction.followUp(reply);
}
