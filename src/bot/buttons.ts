import { MessageFlags, type ButtonInteraction } from 'discord.js';
import { mayCancel, notAllowed } from '../commands/authorise.js';
import type { JobQueue } from '../jobs/queue.js';
import { refusal as refused } from '../commands/refusals.js';
import type { ReverieError } from '../errors.js';
import { sentenceOf, translator } from '../locales/translate.js';
import { parseCustomId } from './custom-id.js';

/** A press on one of our buttons. All it needs is in memory, so the answer is within the three seconds. */
export async function pressButton(interaction: ButtonInteraction, queue: JobQueue): Promise<void> {
  const action = parseCustomId(interaction.customId);
  const error = action ? refusal(interaction, queue, action.jobId) : unknownButton();
  if (error || !action) {
    await interaction.reply({
      content: sentenceOf(error ?? unknownButton(), translator(interaction.locale)),
      flags: MessageFlags.Ephemeral,
      allowedMentions: { parse: [] },
    });
    return;
  }
  await interaction.deferUpdate();
  queue.cancel(action.jobId);
}

function refusal(interaction: ButtonInteraction, queue: JobQueue, jobId: string): ReverieError | undefined {
  const job = queue.get(jobId);
  if (!job || (job.state !== 'queued' && job.state !== 'running')) return refused('nothing-to-show', 'over');
  return mayCancel(interaction, job) ? undefined : notAllowed();
}

const unknownButton = () => refused('nothing-to-show', 'button');
