/** What keeps a job's message a single one, however often it is sent, also by the next process. */
import { createHash } from 'node:crypto';
import { DiscordAPIError, SnowflakeUtil, type Message, type TextBasedChannel } from 'discord.js';
import { parseCustomId } from '../interactions/custom-id.js';

/**
 * Discord answers a nonce that it met in the past few minutes with the message that was sent then, even with one that
 * has been deleted since. So each step has its own: the first message of a job, and the one that replaces another.
 * The next process arrives at the same nonce.
 *
 * @param replaces the id of the message that can no longer be edited
 */
export function nonceFor(job: string, channelId: string, replaces = ''): string {
  // Discord takes 25 characters.
  return createHash('sha256').update(`${job}:${channelId}:${replaces}`).digest('base64url').slice(0, 25);
}

interface Parts {
  readonly content: string;
  /** Their JSON is what Discord knows them by. */
  readonly components: readonly unknown[];
}

/**
 * Whether a message that Discord returned shows what was sent. If not, it is an older one with the same nonce and has
 * to be edited.
 */
export function showsView(
  message: Parts & {
    readonly attachments: { readonly size: number };
    readonly embeds: readonly { readonly image: unknown }[];
  },
  view: Parts & { readonly files: readonly unknown[] },
): boolean {
  const hasPicture = message.attachments.size > 0 || message.embeds.some(({ image }) => Boolean(image));
  return (
    message.content.trim() === view.content.trim() &&
    customIdsOf(message).join() === customIdsOf(view).join() &&
    hasPicture === view.files.length > 0
  );
}

const customIdsOf = ({ components }: Pick<Parts, 'components'>): string[] =>
  [...JSON.stringify(components).matchAll(/"custom_id":"([^"]*)"/g)].map((match) => match[1]!);

/** The clocks of this machine and of Discord may differ by so much. */
const CLOCK_SKEW_MS = 60_000;

/** The smallest id that a message sent at that time can have. */
export const firstIdAt = (time: Date): string =>
  String(SnowflakeUtil.generate({ timestamp: time.getTime() - CLOCK_SKEW_MS, increment: 0n }));

const PAGE = 100;
const MAX_PAGES = 10;

/**
 * The newest message that the bot posted for a job after another message, if there is one: a nonce is known for minutes
 * only. Answers to interactions do not count: they are other messages that show the job. Nothing where the channel's
 * history cannot be read.
 */
export async function findJobMessage(
  channel: TextBasedChannel,
  job: string,
  after: string,
): Promise<Message | undefined> {
  let found: Message | undefined;
  try {
    for (let page = 0; page < MAX_PAGES && !found; page++) {
      const messages = await channel.messages.fetch({ after, limit: PAGE, cache: false });
      for (const message of messages.values()) {
        if (isOf(message, job) && (!found || isNewer(message.id, found.id))) found = message;
        if (isNewer(message.id, after)) after = message.id;
      }
      if (messages.size < PAGE) break;
    }
  } catch (thrown) {
    const refused = thrown instanceof DiscordAPIError && (thrown.status === 403 || thrown.status === 404);
    if (!refused) throw thrown;
  }
  return found;
}

const isOf = (message: Message, job: string): boolean =>
  message.author.id === message.client.user.id &&
  !message.interactionMetadata &&
  customIdsOf(message).some((id) => parseCustomId(id)?.jobId === job);

const isNewer = (id: string, other: string): boolean => BigInt(id) > BigInt(other);

/** The newer of two ids. */
export const newerId = (id: string, other: string): string => (isNewer(id, other) ? id : other);
