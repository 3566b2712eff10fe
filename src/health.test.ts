import { expect, it } from 'vitest';
import { Metrics, serveHealth } from './health.js';

it('says how it is and what it did, on the loopback address', async () => {
  const metrics = new Metrics(() => ({ queued: 2, completed: 7 }));
  let wrong: string | undefined = undefined;
  const health = await serveHealth(0, metrics, () => wrong);
  const get = async (path: string) => {
    const response = await fetch(health.url + path);
    return { status: response.status, text: await response.text() };
  };
  metrics.moved('a', 'queued');
  metrics.moved('a', 'running');
  metrics.moved('a', 'delivering');
  metrics.moved('a', 'completed');
  metrics.moved('b', 'failed', 'timed-out');
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
