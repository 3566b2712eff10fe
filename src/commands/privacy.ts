import type { Command } from './command.js';
import { named, slash, subcommand } from './define.js';

/** `/privacy`: what is kept about a person, shown to that person alone, and deleted when asked. */
export const privacy: Command = {
  ephemeral: true,
  definition: slash('privacy', [subcommand('view'), subcommand('delete')]),

  async run(interaction, { arrivals, keeping, queue }, { place, t }) {
    const { userId } = place;
    if (interaction.options.getSubcommand() === 'view') {
      const bytes = new TextEncoder().encode(JSON.stringify(await keeping.exportOf(userId), null, 2));
      const description = t('privacy.file', named(['privacy', 'delete'], t));
      return { kind: 'reply', content: description, files: [{ name: 'reverie.json', bytes, description }] };
    }
    for (const arrival of arrivals.all) if (arrival.userId === userId) arrivals.cancel(arrival.id);
    for (const job of queue.open) if (job.userId === userId) queue.cancel(job.id);
    await keeping.deleteOf(userId);
    return { kind: 'reply', content: t('privacy.deleted') };
  },
};
