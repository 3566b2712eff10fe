import type { RepliableInteraction } from 'discord.js';
import { monotonicNow } from '../../clock.js';
import type { ReadPicture } from '../../commands/shared/pictures.js';
import type { Requester } from '../../jobs/job-service.js';
import type { Claim } from '../../jobs/pending-requests.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import { defer } from '../client/client.js';
import type { BotContext } from '../context.js';
import { InteractionReply } from '../messages/interaction-reply.js';

/**
 * Makes a job of an interaction. Room in the queue is reserved before the answer becomes visible and anything is
 * downloaded.
 * @param prepare downloads what the request needs and prepares it
 * @param claim see `JobService.reserve`
 */
export async function startRender(
  interaction: RepliableInteraction,
  requester: Requester,
  prepare: (readPicture: ReadPicture) => Promise<RenderCommand>,
  { jobs, progressMessages, pictureReader }: Pick<BotContext, 'jobs' | 'progressMessages' | 'pictureReader'>,
  claim?: Claim,
): Promise<void> {
  const receivedAt = monotonicNow();
  const reservation = await jobs.reserve(requester, claim);
  try {
    await defer(interaction);
    const command = await reservation.during((signal) => prepare(pictureReader(signal)));
    const reply = new InteractionReply(interaction, { caller: requester.caller, receivedAt });
    await reply.locate();
    await jobs.submit(command, requester, reservation, progressMessages.of(reply, requester.settings));
  } finally {
    reservation.release();
  }
}
