/** Makes sure that a job has one message, however often it is sent, by the next process too. */
import { createHash } from 'node:crypto';
import { DiscordAPIError, SnowflakeUtil, type Message, type TextBasedChannel } from 'discord.js';
import { parseActionId } from '../interactions/custom-ids.js';

/**
 * The nonce of a job's message. Discord answers a nonce that it has seen in the last few minutes with the message that
 * was sent with it, even if that has been deleted since. So the first message of a job and every one that replaces
 * another have nonces of their own. The next process computes the same ones.
 *
 * @param replaces the id of the message that can no longer be edited
 */
export function nonceFor(job: string, channelId: string, replaces = ''): string {
  // Discord's limit is 25 characters.
  return createHash('sha256').update(`${job}:${channelId}:${replaces}`).digest('base64url').slice(0, 25);
}

interface Parts {
  readonly content: string;
  /** Compared by their JSON. */
  readonly components: readonly unknown[];
}

/**
 * Whether a message that Discord returned shows what was sent. If not, it is an older message with the same nonce and
 * has to be edited.
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

/** How much the clocks of this machine and of Discord may differ. */
const CLOCK_SKEW_MS = 60_000;

/** The smallest id that a message sent at that time may have. */
export const firstIdAt = (time: Date): string =>
  String(SnowflakeUtil.generate({ timestamp: time.getTime() - CLOCK_SKEW_MS, increment: 0n }));

const PAGE = 100;
const MAX_PAGES = 10;

/**
 * The newest message that the bot has posted for a job since another message, for when the nonce has expired. Answers to
 * interactions do not count: those are copies. Undefined if there is none or the channel's history cannot be read.
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
  customIdsOf(message).some((id) => parseActionId(id)?.jobId === job);

const isNewer = (id: string, other: string): boolean => BigInt(id) > BigInt(other);

/** The newer of two ids. */
export const newerId = (id: string, other: string): string => (isNewer(id, other) ? id : other);
