import { InteractionContextType, SlashCommandBuilder } from 'discord.js';
import { ReverieError } from '../errors.js';
import { mayCancel, notAllowed } from './authorise.js';
import type { Command, CommandContext } from './command.js';
import { narrowed } from './options.js';

function openJobs({ queue }: CommandContext) {
  const { running, waiting } = queue.snapshot();
  return running ? [running, ...waiting] : [...waiting];
}

const nothing = () => new ReverieError('nothing-to-show', 'You have no picture in the queue.');

export const cancel: Command = {
  ephemeral: true,
  definition: new SlashCommandBuilder()
    .setName('cancel')
    .setDescription('Cancel a picture that waits or renders')
    .setContexts(InteractionContextType.Guild, InteractionContextType.BotDM)
    .addStringOption((option) =>
      option.setName('job').setDescription('Which one (your newest)').setAutocomplete(true),
    )
    .toJSON(),

  run(interaction, context) {
    const id = interaction.options.getString('job');
    const mine = openJobs(context).filter((job) => job.userId === interaction.user.id);
    const newest = mine.reduce<(typeof mine)[number] | undefined>(
      (latest, job) => (latest && latest.createdAt > job.createdAt ? latest : job),
      undefined,
    );
    const job = id === null ? newest : context.queue.get(id);
    if (!job) return Promise.reject(nothing());
    if (!mayCancel(interaction, job)) return Promise.reject(notAllowed());
    if (!context.queue.cancel(job.id)) return Promise.reject(nothing());
    return Promise.resolve({ kind: 'reply', content: `Cancelled: ${job.title}.` });
  },

  complete(interaction, context) {
    const jobs = openJobs(context).filter((job) => mayCancel(interaction, job));
    return Promise.resolve(
      narrowed(
        jobs.map((job) => ({
          name: `${job.title}, ${job.plan.width} × ${job.plan.height}, ${job.state}`,
          value: job.id,
        })),
        interaction.options.getFocused(),
      ),
    );
  },
};
