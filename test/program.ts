/** Starts the whole program, `src/main.ts`, in its own process. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface Program {
  readonly child: ChildProcess;
  /** Everything that it has written so far. */
  readonly written: { readonly out: string; readonly err: string };
  /** Its exit code or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Resolves once standard output contains this text. Rejects when the process exits before. */
  until(text: string): Promise<void>;
}

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

/** Overrides the environment of the tests with defaults, and those with `env`. */
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
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    written.out += chunk;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    written.err += chunk;
  });
  // Not at 'exit', when the last output may not have arrived yet.
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal);
    });
  });
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!written.out.includes(text)) return;
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      check();
      void ended.then((code) => {
        reject(new Error(`ended with ${code} before it wrote "${text}": ${written.err}`));
      });
    });
  return { child, written, ended, until };
}
