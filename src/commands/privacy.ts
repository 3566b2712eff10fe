import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { refusal } from '../errors.js';
import type { AnswerCommand, FilesOut } from './shared/command.js';
import { named, slash, subcommand } from './shared/define.js';
import { linkTo } from './shared/labels.js';

/** `/privacy`: shows the caller what is kept about them, and deletes it. */
export const privacy: AnswerCommand = {
  answer: 'private',
  definition: slash('privacy', [subcommand('view'), subcommand('delete')]),

  async run(interaction, { caller, t }, { jobs, repository, messages }) {
    const { userId } = caller;
    if (interaction.options.getSubcommand() === 'view') {
      const description = t('privacy.file', named(['privacy', 'delete'], t));
      const files = jsonFile('reverie', await repository.exportOf(userId), description);
      return { kind: 'reply', content: description, files };
    }
    jobs.cancelAll(userId);
    const left = await messages.delete(await repository.deleteOf(userId));
    const links = left.slice(0, LINKS_SHOWN).map((message) => linkTo({ message }));
    return {
      kind: 'reply',
      content: [
        t('privacy.deleted'),
        ...(left.length > 0 ? [t('privacy.left', { count: left.length }), ...links] : []),
      ].join('\n'),
    };
  },
};

/** As many links as fit into a message with room to spare. */
const LINKS_SHOWN = 15;

const compress = promisify(gzip);

/** A value as a JSON file, compressed if it would be too large. */
function jsonFile(stem: string, value: unknown, description: string): FilesOut {
  const plain = new TextEncoder().encode(JSON.stringify(value, null, 2));
  return async (maxBytes) => {
    if (plain.byteLength <= maxBytes) return [{ name: `${stem}.json`, bytes: plain, description }];
    const bytes = await compress(plain);
    if (bytes.byteLength > maxBytes) throw refusal('nothing-to-show', 'too-large');
    return [{ name: `${stem}.json.gz`, bytes, description }];
  };
}
