/** One question at a time, and always the newest next. */

/**
 * Asks with whatever was given last. While an answer is awaited, newer
 * questions replace each other, so a slow answer never builds a queue; an
 * answer to an old question is handed on only if nothing newer came meanwhile.
 */
export class Newest<Question, Answer> {
  readonly #ask: (question: Question) => Promise<Answer>;
  readonly #answered: (question: Question, answer: Answer) => void;
  readonly #failed: (error: unknown) => void;
  #next: { question: Question } | null = null;
  #asking = false;

  constructor(
    ask: (question: Question) => Promise<Answer>,
    answered: (question: Question, answer: Answer) => void,
    failed: (error: unknown) => void,
  ) {
    this.#ask = ask;
    this.#answered = answered;
    this.#failed = failed;
  }

  /** Puts a question in the place of any that was not asked yet. */
  put(question: Question): void {
    this.#next = { question };
    if (!this.#asking) void this.#run();
  }

  /** Forgets the question that was not asked yet. */
  clear(): void {
    this.#next = null;
  }

  async #run(): Promise<void> {
    this.#asking = true;
    for (;;) {
      const next = this.#take();
      if (!next) break;
      try {
        const answer = await this.#ask(next.question);
        if (!this.#waiting()) this.#answered(next.question, answer);
      } catch (error) {
        if (!this.#waiting()) this.#failed(error);
      }
    }
    this.#asking = false;
  }

  #take(): { question: Question } | null {
    const next = this.#next;
    this.#next = null;
    return next;
  }

  #waiting(): boolean {
    return this.#next !== null;
  }
}
