/** The sandbox's sample pictures, and the first results of a new installation: two `/style`, one of them instant, and a `/dream`. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Invocation, Sample, Sandbox } from './sandbox/index.js';
import { drawScene } from './styles/scenes/index.js';

const TIMEOUT_MS = 10 * 60_000;

/** Pictures that the page offers to try commands on. */
export const SAMPLES: readonly Sample[] = [
  { name: 'landscape.png', title: 'A lake in the mountains', bytes: () => drawScene('landscape') },
  { name: 'portrait.png', title: 'A portrait', bytes: () => drawScene('portrait') },
];

/** Runs the commands as a member of the sandbox would, and saves their results. */
export async function paintSamples(
  sandbox: Sandbox,
  folder: string,
  print: (line: string) => void,
): Promise<void> {
  await sandbox.untilCommands();
  const user = sandbox.users[0]!.id;
  const guild = sandbox.guilds[0]!.id;
  print('Painting three samples; watch them grow on the page.');
  await mkdir(folder, { recursive: true });
  const commands = [
    {
      name: 'style',
      stem: 'instant-style',
      scene: 'portrait',
      options: { preset: 'ink', quality: 'instant' },
    },
    { name: 'style', stem: 'style', scene: 'landscape', options: { preset: 'starry' } },
    { name: 'dream', stem: 'dream', scene: 'portrait', options: {} },
  ] as const;
  const invocations = [];
  // Each is sent as soon as its picture is drawn.
  for (const { name, scene, options } of commands) {
    const image = { name: `${scene}.png`, bytes: await drawScene(scene) };
    invocations.push(await sandbox.command({ name, options: { ...options, image }, user, guild }));
  }
  for (const [i, { name, stem }] of commands.entries()) {
    const { filename, bytes } = await finished(invocations[i]!, name);
    const file = path.resolve(folder, `${stem}${path.extname(filename)}`);
    await writeFile(file, bytes);
    print(`The sample /${name} is finished: ${file}`);
  }
}

/** Waits for a message with a picture and without a Cancel button. */
async function finished(
  invocation: Invocation,
  command: string,
): Promise<{ filename: string; bytes: Uint8Array }> {
  const snapshot = await invocation.until(
    ({ attachments, components, content }) =>
      !JSON.stringify(components).includes('v1:cancel:') && (attachments.length > 0 || content.length > 0),
    TIMEOUT_MS,
  );
  const picture = snapshot.attachments[0];
  if (!picture) throw new Error(`the sample /${command} ended with: ${snapshot.content}`);
  return picture;
}
