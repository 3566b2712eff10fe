/** How the program starts, or refuses to, in its own process against a loopback Discord. */
import { spawnSync } from 'node:child_process';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';
import { startProgram, type Program } from './program.js';

let folder: string;
let sandbox: Sandbox;
const programs: Program[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-start-'));
  sandbox = await startSandbox();
});
afterEach(async () => {
  for (const { child, ended } of programs.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

function start(env: Readonly<Record<string, string>> = {}): Program {
  const { token, api } = sandbox;
  const program = startProgram({ DATA_DIR: folder, DISCORD_TOKEN: token, DISCORD_API: api, ...env });
  programs.push(program);
  return program;
}

describe('the data folder', () => {
  it('is used by one bot: a second one names the first and exits, and a restart after a kill needs no waiting', async () => {
    const first = start();
    await first.until('ready');
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.written.err).toMatch(
      new RegExp(
        `^The data folder is in use by process ${first.child.pid} on ${hostname()}, which started at 2.*Z\\. ` +
          'Stop that process, or set DATA_DIR to another folder\\.\n$',
      ),
    );
    expect(second.written.out).toBe('');

    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    await start().until('ready');
  });

  it('is cleared of picture files that a killed process left without a row', async () => {
    const orphan = path.join(folder, 'pictures', '0f', '0f'.repeat(32));
    await mkdir(path.dirname(orphan), { recursive: true });
    await writeFile(orphan, '');
    await start().until('"files":1,"msg":"deleted picture files');
    await expect(access(orphan)).rejects.toThrow('ENOENT');
  });

  it('is named when it cannot be written', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    const bot = start({ DATA_DIR: path.join(file, 'data') });
    expect(await bot.ended).toBe(1);
    expect(bot.written.err).toMatch(/^The data folder is not writable\. Set DATA_DIR to .*\n$/);
  });
});

describe('the token', () => {
  it('may end with a line break; the bot logs its invite link', async () => {
    await start({ DISCORD_TOKEN: `${sandbox.token}\n` }).until('Invite the bot with this link: http');
  });

  it('is named when Discord refuses it or it cannot be a token', async () => {
    const bots = [start({ DISCORD_TOKEN: 'wrong.token' }), start({ DISCORD_TOKEN: 'wrong\ntoken' })];
    expect(await Promise.all(bots.map(({ ended }) => ended))).toEqual([1, 1]);
    const [refused, broken] = bots.map(({ written }) => written.err);
    expect(refused).toMatch(/^Discord does not accept DISCORD_TOKEN\. Set it to the token that .*\n$/);
    expect(broken).toMatch(/^Please correct the configuration: DISCORD_TOKEN must be the token alone.*\n$/);
    for (const { written } of bots) expect(written.err + written.out).not.toMatch(/wrong/);
  });

  it('that Discord revokes later makes the program log this and exit', async () => {
    const bot = start();
    await bot.until('ready');
    sandbox.revokeToken();
    expect(await bot.ended).toBe(3);
    expect(bot.written.out).toContain('"msg":"Discord does not accept DISCORD_TOKEN. Set it to');
  });
});

describe('a port in use is reported with its variable', () => {
  const taken = () => new URL(sandbox.url).port;

  it('SANDBOX_PORT: the program exits', async () => {
    const bot = start({ DISCORD_TOKEN: '', SANDBOX_PORT: taken() });
    expect(await bot.ended).toBe(1);
    expect(bot.written.err).toBe(
      `Port ${taken()} is in use. Set SANDBOX_PORT to another port, or to 0 for any free one.\n`,
    );
  });

  it('HEALTH_PORT: the bot keeps running', async () => {
    const bot = start({ HEALTH_PORT: taken() });
    await bot.until(`Port ${taken()} is in use. Set HEALTH_PORT to another port, or to 0 for any free one.`);
    expect(bot.written.out).toContain('"msg":"ready"');
  });
});

it('npm prints no warning about the settings of this project', () => {
  const { stderr } = spawnSync('npm', ['pkg', 'get', 'name'], { encoding: 'utf8' });
  expect(stderr).not.toContain('project config');
});
