import { Command } from 'commander';

/** `reverie bot`: the same program as `npm start`. Imported only here, because the other commands need no Discord client. */
export const botCommand = (): Command =>
  new Command('bot')
    .description('start the Discord bot; without DISCORD_TOKEN it runs against a built-in mock of Discord')
    .action(async () => {
      await import('../main.js');
    });
