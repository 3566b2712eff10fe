import { MessageFlags, type ButtonInteraction } from 'discord.js';
import { mayCancel, notAllowed } from '../commands/authorise.js';
import type { JobQueue } from '../jobs/queue.js';
import { ReverieError } from '../errors.js';
import { parseCustomId } from './custom-id.js';

/** A press on one of our buttons. All it needs is in memory, so the answer is within the three seconds. */
export async function pressButton(interaction: ButtonInteraction, queue: JobQueue): Promise<void> {
  const action = parseCustomId(interaction.customId);
  const error = action ? refusal(interaction, queue, action.jobId) : unknownButton();
  if (error || !action) {
    await interaction.reply({
      content: (error ?? unknownButton()).sentence,
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
  if (!job || (job.state !== 'queued' && job.state !== 'running'))
    return new ReverieError('nothing-to-show', 'That picture no longer waits or renders.');
  return mayCancel(interaction, job) ? undefined : notAllowed();
}

const unknownButton = () =>
  new ReverieError('nothing-to-show', 'That button belongs to an older version of me.');
