import type { AnswerCommand } from './shared/command.js';
import { slash } from './shared/define.js';
import { engineNames } from './shared/engine-names.js';
import { networkWords, presentNetworks } from './shared/options.js';

/** `/about`: what runs here, on what, and which networks there are. */
export const about: AnswerCommand = {
  answer: 'private',
  definition: slash('about'),
  async run(_interaction, { renderer }, { t }) {
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
