import { Command } from 'commander';

/** The same program as `npm start`. Imported on demand, because the other commands need no Discord client. */
export const botCommand = (): Command =>
  new Command('bot')
    .description('start the Discord bot; without DISCORD_TOKEN it runs against a built-in mock of Discord')
    .action(async () => {
      await import('../main.js');
    });
