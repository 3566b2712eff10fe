/** The program itself, `src/main.ts`, in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface Program {
  readonly child: ChildProcess;
  /** All that it has written so far. */
  readonly written: { readonly out: string; readonly err: string };
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Resolves once it has written this to standard output; rejects where it ends before. */
  until(words: string): Promise<void>;
}

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

/** With its defaults, whatever the environment of the tests says, but for `env`. */
export function startProgram(
  env: Readonly<Record<string, string>>,
  command: readonly string[] = ['--import', 'tsx', MAIN],
): Program {
  const child = spawn(process.execPath, command, {
    env: {
      ...process.env,
      ...{ DISCORD_TOKEN: '', DISCORD_API: '', SANDBOX_PORT: '0', HEALTH_PORT: '0', LOG_LEVEL: 'info' },
      ...{ MODELS_DIR: '', MODELS_PULL: '', ENGINE: 'onnx', DEVICE: 'cpu' },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { out: '', err: '' };
  const looks = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
    for (const look of looks) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
  });
  // Not at 'exit': what was written last may still be on its way then.
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal);
    });
  });
  const until = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!written.out.includes(words)) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
      void ended.then((code) => {
        reject(new Error(`ended with ${code} before it said "${words}": ${written.err}`));
      });
    });
  return { child, written, ended, until };
}
