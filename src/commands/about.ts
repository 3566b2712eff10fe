import type { AnswerCommand } from './shared/command.js';
import { slash } from './shared/define.js';
import { engineNames } from './shared/labels.js';
import { networkWords, presentNetworks } from './shared/options.js';

/** `/about`: what the bot is, the engine and device that it renders on, and its networks. */
export const about: AnswerCommand = {
  answer: 'private',
  definition: slash('about'),
  async run(_interaction, { t }, { renderer }) {
    const names = engineNames(await renderer.capabilities());
    const present = (await presentNetworks(renderer)).map((network) => networkWords(network, t));
    return {
      kind: 'reply',
      content: [
        t('about.text'),
        t('about.engine', names),
        t('about.networks', { networks: present.join(' · ') }),
      ].join('\n'),
    };
  },
};
