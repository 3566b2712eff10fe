import { PermissionFlagsBits, type Interaction } from 'discord.js';
import { laneOf, type Job } from '../jobs/job.js';
import { refusal } from './refusals.js';

/** Who may cancel a job: the one who asked for it and, in its own guild, members who manage messages. */
export function mayCancel(interaction: Interaction, job: Job): boolean {
  if (interaction.user.id === job.userId) return true;
  return (
    laneOf(interaction.guildId, interaction.user.id) === job.lane &&
    (interaction.memberPermissions?.has(PermissionFlagsBits.ManageMessages) ?? false)
  );
}

export const notAllowed = () => refusal('not-allowed', 'not-yours');
