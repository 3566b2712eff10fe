/** The first pictures of a new installation: one `/style` and one `/dream`, asked for as a member would. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { drawScene } from './styles/scenes/index.js';
import type { Invocation, Sandbox } from './sandbox/index.js';

const PATIENCE_MS = 10 * 60_000;

/** A finished message has a picture and no cancel button left. */
async function finished(
  invocation: Invocation,
  kind: string,
): Promise<{ filename: string; bytes: Uint8Array }> {
  const snapshot = await invocation.until(
    ({ attachments, components, content }) =>
      !JSON.stringify(components).includes('v1:cancel:') && (attachments.length > 0 || content.length > 0),
    PATIENCE_MS,
  );
  const picture = snapshot.attachments[0];
  if (!picture) throw new Error(`the sample /${kind} ended with: ${snapshot.content}`);
  return picture;
}

export async function paintSamples(
  sandbox: Sandbox,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  await sandbox.untilCommands();
  const user = sandbox.users[0]!.id;
  const guild = sandbox.guilds[0]!.id;
  const landscape = { name: 'landscape.png', bytes: await drawScene('landscape') };
  const portrait = { name: 'portrait.png', bytes: await drawScene('portrait') };
  say('Painting two samples; watch them grow on the page.');
  const asked = [
    { name: 'style', options: { image: landscape, preset: 'starry' } },
    { name: 'dream', options: { image: portrait } },
  ];
  await mkdir(folder, { recursive: true });
  const invocations = [];
  for (const command of asked) invocations.push(await sandbox.command({ ...command, user, guild }));
  for (const [i, { name }] of asked.entries()) {
    const { filename, bytes } = await finished(invocations[i]!, name);
    const file = path.resolve(folder, `${name}${path.extname(filename)}`);
    await writeFile(file, bytes);
    say(`The sample /${name} is finished: ${file}`);
  }
}
