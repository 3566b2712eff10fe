/** A program to compare with, which answers one line of JSON with another. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Answer {
  /** How long the job took. */
  readonly seconds: number;
  /** A picture where the job asks for one: its pixels, three bytes each, in base64. */
  readonly rgb?: string;
}

export interface Peer {
  readonly version: string;
  /** Whether it can use a GPU. */
  readonly cuda: boolean;
  /** @throws Error if it has ended */
  ask(job: object): Promise<Answer>;
  stop(): void;
}

/** Starts `peers/NAME` with `REVERIE_PYTHON` or `python3`. Returns the reason when it cannot start. */
export async function startPeer(name: string): Promise<Peer | string> {
  const python = process.env.REVERIE_PYTHON ?? 'python3';
  const script = fileURLToPath(new URL(`peers/${name}`, import.meta.url));
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const failed = new Promise<undefined>((resolve) => {
    child.once('error', () => {
      resolve(undefined);
    });
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await Promise.race([lines.next(), failed]);
    return line === undefined || line.done ? undefined : JSON.parse(line.value);
  };
  const hello = (await next()) as { version: string; cuda: boolean } | undefined;
  if (!hello) return `skipped: ${python} has no torch`;
  return {
    ...hello,
    async ask(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const answer = (await next()) as Answer | undefined;
      if (!answer) throw new Error(`${name} has ended`);
      return answer;
    },
    stop: () => child.kill(),
  };
}
