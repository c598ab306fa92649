/** An answer: status, headers and body of a response, before Koa writes it. */

/** What is to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Streamed where it is iterable; the iteration is ended when the client goes away. */
  readonly body: string | AsyncIterable<string | Uint8Array>;
}

/** What may be said besides the body. */
export interface AnswerOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A JSON document. */
export function json(value: unknown, options: AnswerOptions = {}): Answer {
  return {
    status: options.status ?? 200,
    headers: { "Content-Type": "application/json", ...options.headers },
    body: JSON.stringify(value),
  };
}

/** 200 without a body. */
export const EMPTY: Answer = { status: 200, headers: {}, body: "" };
