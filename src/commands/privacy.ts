import type { Command } from './command.js';
import { named, slash, subcommand } from './define.js';

/** `/privacy`: what is kept about a person, shown to that person alone, and deleted when asked. */
export const privacy: Command = {
  ephemeral: true,
  definition: slash('privacy', [subcommand('view'), subcommand('delete')]),

  async run(interaction, { keeping, queue }, { place, t }) {
    const { userId } = place;
    if (interaction.options.getSubcommand() === 'view') {
      const bytes = new TextEncoder().encode(JSON.stringify(await keeping.exportOf(userId), null, 2));
      const description = t('privacy.file', named(['privacy', 'delete'], t));
      return { kind: 'reply', content: description, files: [{ name: 'reverie.json', bytes, description }] };
    }
    const { running, waiting } = queue.snapshot();
    for (const job of running ? [running, ...waiting] : waiting)
      if (job.userId === userId) queue.cancel(job.id);
    await keeping.deleteOf(userId);
    return { kind: 'reply', content: t('privacy.deleted') };
  },
};
