/** Jobs as the storage's tests record them. */
import type { NewJob } from '../src/jobs/job-repository.js';

export const picture = (...bytes: number[]) => new Uint8Array(bytes);

/** A style transfer whose three pictures are six bytes long in total. */
export function job(id: string, change: Partial<NewJob> = {}): NewJob {
  return {
    id,
    userId: 'ines',
    guildId: 'atelier',
    channelId: 'gallery',
    locale: 'de',
    uploadLimit: 1000,
    ageRestricted: false,
    spoiler: false,
    fromPicture: true,
    createdAt: new Date(1_700_000_000_000),
    request: {
      kind: 'style',
      content: picture(1, 2, 3),
      styles: [{ image: picture(4, 5), mask: picture(6) }],
      seed: 7,
    },
    plan: { kind: 'style', network: 'mini', width: 8, height: 8, scales: 1, steps: 3, cost: 1 },
    fields: [{ name: 'seed', value: '7' }],
    styles: ['attached'],
    ...change,
  };
}
