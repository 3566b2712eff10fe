import { InteractionContextType, SlashCommandBuilder } from 'discord.js';
import { laneOf, type Job } from '../jobs/job.js';
import type { Command } from './command.js';

const SHOWN = 15;

/** `/queue`: names only what was asked here; others are counted. */
export const queue: Command = {
  ephemeral: true,
  definition: new SlashCommandBuilder()
    .setName('queue')
    .setDescription('What renders and what waits')
    .setContexts(InteractionContextType.Guild, InteractionContextType.BotDM)
    .toJSON(),

  run(interaction, context) {
    const lane = laneOf(interaction.guildId, interaction.user.id);
    const { running, waiting } = context.queue.snapshot();
    const name = (job: Job) =>
      job.lane === lane
        ? `**${job.title}** for <@${job.userId}>, ${job.plan.width} × ${job.plan.height}`
        : 'a picture elsewhere';
    const lines = [
      running ? `▶ ${name(running)}` : 'Nothing renders at the moment.',
      ...waiting
        .map((job, index) => ({ job, line: `${index + 1}. ${name(job)}` }))
        .filter(({ job }) => job.lane === lane)
        .slice(0, SHOWN)
        .map(({ line }) => line),
    ];
    const unnamed = waiting.length - (lines.length - 1);
    if (unnamed > 0)
      lines.push(`…and ${unnamed} more ${unnamed === 1 ? 'picture' : 'pictures'} in the queue.`);
    return Promise.resolve({ kind: 'reply', content: lines.join('\n') });
  },
};
