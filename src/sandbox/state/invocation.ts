/** An interaction from the point of view of the member who started it. */
import type { JsonObject } from '../json.js';
import type { Message, Snapshot } from './message.js';
import type { MessageStore } from './messages.js';

/** A suggestion of autocomplete. */
export interface Choice {
  name: string;
  value: string | number;
}

export interface Invocation {
  readonly id: string;
  /** Milliseconds of the sandbox's clock between the interaction and its first answer. */
  readonly answeredAfterMs: number | undefined;
  readonly answerType: number | undefined;
  /**
   * Every state of the reply, oldest first. Where a button edits its own message, only the states since it was
   * pressed. After the reply was deleted, the states of the follow-ups come after its own.
   */
  readonly history: Snapshot[];
  readonly choices: Choice[] | undefined;
  /** The modal that the bot answered with. */
  readonly modal: JsonObject | undefined;
  /** The newest state of every follow-up. */
  readonly followUps: Snapshot[];
  /** The newest state of the reply. */
  latest(): Snapshot | undefined;
  /** Waits for a state of the reply that fulfils the predicate; a past one counts too. */
  until(predicate: (snapshot: Snapshot) => boolean, timeoutMs?: number): Promise<Snapshot>;
  /** Waits for the first answer; its type. */
  answered(timeoutMs?: number): Promise<number>;
}

export class InvocationRecord implements Invocation {
  answeredAfterMs: number | undefined;
  answerType: number | undefined;
  choices: Choice[] | undefined;
  modal: JsonObject | undefined;
  readonly followUpMessages: Message[] = [];
  private reply: { message: Message; from: number } | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly id: string,
    readonly label: string,
    private readonly messages: MessageStore,
  ) {}

  get message(): Message | undefined {
    return this.reply?.message;
  }

  get history(): Snapshot[] {
    if (!this.reply) return [];
    const { message, from } = this.reply;
    const states = message.history.slice(from);
    return message.deleted ? [...states, ...this.followUpMessages.flatMap(({ history }) => history)] : states;
  }

  get followUps(): Snapshot[] {
    return this.followUpMessages.flatMap((message) => message.history.at(-1) ?? []);
  }

  /** @param from the first state of the message that belongs to this interaction */
  watch(message: Message, from: number): void {
    this.reply = { message, from };
  }

  answer(type: number, elapsedMs: number): void {
    this.answerType = type;
    this.answeredAfterMs = elapsedMs;
    for (const listener of [...this.listeners]) listener();
  }

  followUp(message: Message): void {
    this.followUpMessages.push(message);
    for (const listener of [...this.listeners]) listener();
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

  /** Resolves with what `find` returns, looking again after every change. */
  private wait<T>(timeoutMs: number, find: () => T | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        unsubscribe();
        this.listeners.delete(check);
      };
      const check = (): void => {
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
      const unsubscribe = this.messages.onChange(check);
      this.listeners.add(check);
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`${this.label}: timed out after ${timeoutMs} ms; last state: ${this.describe()}`));
      }, timeoutMs);
      check();
    });
  }

  private describe(): string {
    const last = this.latest();
    if (!last) return `answer type ${this.answerType ?? 'none'}`;
    return `'${last.content}' with ${last.attachments.length} files, ${last.embeds.length} embeds`;
  }
}
