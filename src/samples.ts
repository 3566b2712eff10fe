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
      options: { preset: 'geometric', quality: 'instant' },
    },
    { name: 'style', stem: 'style', scene: 'landscape', options: { preset: 'starry' } },
    { name: 'dream', stem: 'dream', scene: 'portrait', options: {} },
  ] as const;
  const send = async ({ name, scene, options }: (typeof commands)[number]) => {
    const image = { name: `${scene}.png`, bytes: await drawScene(scene) };
    return sandbox.command({ name, options: { ...options, image }, user, guild });
  };
  const save = async ({ name, stem }: (typeof commands)[number], invocation: Invocation) => {
    const { filename, bytes } = await finished(invocation, name);
    const file = path.resolve(folder, `${stem}${path.extname(filename)}`);
    await writeFile(file, bytes);
    print(`The sample /${name} is finished: ${file}`);
  };
  // Drawing the pictures of the others would delay the first.
  const [first, ...others] = commands;
  await save(first, await send(first));
  const sent = [];
  for (const command of others) sent.push([command, await send(command)] as const);
  for (const [command, invocation] of sent) await save(command, invocation);
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
