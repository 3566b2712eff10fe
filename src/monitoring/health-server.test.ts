import { expect, it } from 'vitest';
import { startHealthServer } from './health-server.js';
import { Metrics } from './metrics.js';

it('serves the bot’s health and its metrics', async () => {
  const metrics = new Metrics(() => ({ queued: 2, completed: 7 }));
  let wrong: string | undefined = undefined;
  const health = await startHealthServer({ port: 0, registry: metrics.registry, problem: () => wrong });
  const get = async (path: string) => {
    const response = await fetch(health.url + path);
    return { status: response.status, text: await response.text() };
  };
  metrics.recordState('a', 'queued');
  metrics.recordState('a', 'running');
  metrics.recordState('a', 'delivering');
  metrics.recordState('a', 'completed');
  metrics.recordState('b', 'failed', 'timed-out');
  expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
  wrong = 'not connected to Discord';
  expect(await get('/healthz')).toEqual({ status: 503, text: 'not connected to Discord\n' });
  const { text } = await get('/metrics');
  for (const line of [
    'reverie_jobs{state="queued"} 2',
    'reverie_jobs{state="completed"} 7',
    'reverie_jobs_ended_total{state="completed",code=""} 1',
    'reverie_jobs_ended_total{state="failed",code="timed-out"} 1',
    'reverie_job_wait_seconds_count 1',
    'reverie_job_render_seconds_count 1',
  ])
    expect(text).toContain(line);
  expect((await get('/elsewhere')).status).toBe(404);
  await health.close();
});
