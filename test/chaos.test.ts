import { expect, it } from 'vitest';
import { chaos } from './chaos.js';

it('loses no accepted job and shows none twice, however often the bot is killed and answers are lost', async () => {
  const report = await chaos({ jobs: 20, kills: 5, guilds: 3, lostAnswers: 0.1 });
  expect(report.byReaction).toBeGreaterThan(0);
  expect(report).toMatchObject({ delivered: report.accepted, lost: [], twice: 0, deadCancels: 0 });
  expect(report).toMatchObject({ integrity: ['ok'], integrityChecks: 6 });
});
