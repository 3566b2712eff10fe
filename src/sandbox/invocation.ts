import type { Message, Messages, Snapshot } from './messages.js';
import type { Json } from './wire.js';

export interface Choice {
  name: string;
  value: string | number;
}

/** One interaction as its sender sees it. */
export interface Invocation {
  readonly id: string;
  /** Milliseconds of the sandbox's clock between dispatch and first answer. */
  readonly answeredAfterMs: number | undefined;
  readonly answerType: number | undefined;
  /**
   * Every state the reply had, in order; for a button that updates its message, the states since. A follow-up takes
   * the place of a reply that was deleted.
   */
  readonly history: Snapshot[];
  readonly choices: Choice[] | undefined;
  /** What a modal answer asked to show. */
  readonly modal: Json | undefined;
  /** The latest state of every follow-up. */
  readonly followUps: Snapshot[];
  latest(): Snapshot | undefined;
  until(predicate: (snapshot: Snapshot) => boolean, timeoutMs?: number): Promise<Snapshot>;
  /** Resolves with the type of the first answer. */
  answered(timeoutMs?: number): Promise<number>;
}

/** The record behind an invocation, written by the routes. */
export class InvocationRecord implements Invocation {
  answeredAfterMs: number | undefined;
  answerType: number | undefined;
  choices: Choice[] | undefined;
  modal: Json | undefined;
  readonly followUpMessages: Message[] = [];
  private original: { message: Message; from: number } | undefined;
  private readonly answerListeners = new Set<() => void>();

  constructor(
    readonly id: string,
    readonly label: string,
    private readonly messages: Messages,
  ) {}

  get message(): Message | undefined {
    return this.original?.message;
  }

  get history(): Snapshot[] {
    if (!this.original) return [];
    const { message, from } = this.original;
    const states = message.history.slice(from);
    return message.deleted ? [...states, ...this.followUpMessages.flatMap(({ history }) => history)] : states;
  }

  get followUps(): Snapshot[] {
    return this.followUpMessages.flatMap((message) => message.history.at(-1) ?? []);
  }

  watch(message: Message, from: number): void {
    this.original = { message, from };
  }

  answer(type: number, afterMs: number): void {
    this.answerType = type;
    this.answeredAfterMs = afterMs;
    for (const listener of [...this.answerListeners]) listener();
  }

  followUp(message: Message): void {
    this.followUpMessages.push(message);
    for (const listener of [...this.answerListeners]) listener();
  }

  latest(): Snapshot | undefined {
    return this.history.at(-1);
  }

  until(predicate: (snapshot: Snapshot) => boolean, timeoutMs = 10_000): Promise<Snapshot> {
    return this.wait(timeoutMs, () => this.history.find(predicate));
  }

  answered(timeoutMs = 5_000): Promise<number> {
    return this.wait(timeoutMs, () => this.answerType);
  }

  private wait<T>(timeoutMs: number, find: () => T | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        unsubscribe();
        this.answerListeners.delete(look);
      };
      const look = (): void => {
        try {
          const found = find();
          if (found === undefined) return;
          stop();
          resolve(found);
        } catch (error) {
          stop();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const unsubscribe = this.messages.onChange(look);
      this.answerListeners.add(look);
      const timer = setTimeout(() => {
        stop();
        const last = this.latest();
        const state = last
          ? `'${last.content}' with ${last.attachments.length} files, ${last.embeds.length} embeds`
          : `answer type ${this.answerType ?? 'none'}`;
        reject(new Error(`${this.label}: not seen within ${timeoutMs} ms; last state: ${state}`));
      }, timeoutMs);
      look();
    });
  }
}
