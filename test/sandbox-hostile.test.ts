/** What a hostile client sends to the sandbox is refused, and the sandbox goes on working. */
import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import { once } from 'node:events';
import { request } from 'node:http';
import WebSocket from 'ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

/** Sends the path as it is, which `fetch` would normalise. */
function get(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<[number, string]> {
  const { hostname, port } = new URL(sandbox.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve([response.statusCode ?? 0, text]);
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

it.each([
  '/../page-server.ts',
  '/..%2fpage-server.ts',
  '/%2e%2e/page-server.ts',
  '/..\\page-server.ts',
  '//etc/passwd',
  '/./../../../package.json',
  '/%00',
  '/page.js%00.css',
  '/files/../../package.json',
  '/files/1/2/..%2f..%2fpackage.json',
])('serves nothing outside of the folder of the page: %s', async (path) => {
  const [status, text] = await get(path);
  expect([400, 404]).toContain(status);
  expect(text).not.toMatch(/import|"name"|root:/);
});

it('answers unknown routes of the API, and paths that cannot be decoded, with JSON', async () => {
  const authorization = { authorization: `Bot ${sandbox.token}` };
  const [status, text] = await get('/api/v10/nothing', 'GET', authorization);
  expect([status, JSON.parse(text)]).toEqual([404, { code: 0, message: '404: Not Found' }]);
  expect((await get('/api/v10/%E0%A4%A', 'GET', authorization))[0]).toBe(500);
});

it('refuses bodies that are too long before it reads them', async () => {
  const headers = { 'content-length': '1000000000', 'content-type': 'application/json' };
  for (const path of ['/sandbox/components', '/api/v10/interactions/1/2/callback']) {
    const sent = request(`${sandbox.url}${path}`, { method: 'POST', headers });
    // The server may close the connection while this end still waits to send.
    sent.on('error', () => undefined);
    sent.flushHeaders();
    const [response] = (await once(sent, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(413);
    sent.destroy();
  }
});

it.each([
  ['no JSON', '{', GatewayCloseCodes.DecodeError],
  ['a payload of more than 4096 bytes', ' '.repeat(4097), 1009],
  ['a wrong token', { token: 'wrong' }, GatewayCloseCodes.AuthenticationFailed],
  ['a shard that is no integer', { shard: [0, 1.5] }, GatewayCloseCodes.InvalidShard],
  ['a shard beyond the last', { shard: [2, 2] }, GatewayCloseCodes.InvalidShard],
  ['an unknown intent', { intents: 1 << 30 }, GatewayCloseCodes.InvalidIntents],
  ['a privileged intent', { intents: 2 }, GatewayCloseCodes.DisallowedIntents],
])('closes the gateway on %s', async (_name, sent, code) => {
  const socket = new WebSocket(`${sandbox.url.replace('http', 'ws')}/gateway`);
  await once(socket, 'open');
  const identify = { op: GatewayOpcodes.Identify, d: { token: sandbox.token, intents: 0 } };
  if (typeof sent === 'string') socket.send(sent);
  else socket.send(JSON.stringify({ ...identify, d: { ...identify.d, ...sent } }));
  expect((await once(socket, 'close'))[0]).toBe(code);
});
