/** Output: results go to stdout, for people or one JSON document a line; the rest goes to stderr. */

/** Where a command writes. */
export interface Output {
  readonly json: boolean;
  /** Whether bars may be drawn. */
  readonly interactive: boolean;
  /** One result: the text for people, the value for programs. */
  result(text: string, value: unknown): void;
  /** A result, or a part of one, for people only. */
  text(text: string): void;
  /** A result for programs only. */
  document(value: unknown): void;
  /** What went wrong: the text for people, the value for programs. */
  error(text: string, value: unknown): void;
  /** Something said by the way; programs don't get it. */
  note(text: string): void;
  /** Something that a person has to look into, while the command goes on. */
  warn(text: string): void;
}

/** Writes to this process's streams. */
export function openOutput(json: boolean): Output {
  return {
    json,
    interactive: !json && process.stderr.isTTY,
    result(text, value) {
      process.stdout.write(`${json ? toJson(value) : text}\n`);
    },
    text(text) {
      if (!json) process.stdout.write(`${text}\n`);
    },
    document(value) {
      if (json) process.stdout.write(`${toJson(value)}\n`);
    },
    error(text, value) {
      process.stderr.write(`${json ? toJson(value) : `tidemark: ${text}`}\n`);
    },
    note(text) {
      if (!json) process.stderr.write(`${text}\n`);
    },
    warn(text) {
      process.stderr.write(`${json ? toJson({ warning: text }) : `tidemark: ${text}`}\n`);
    },
  };
}

/** JSON on one line; whole numbers that JSON readers could round are texts. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "bigint") return part;
    const number = Number(part);
    return Number.isSafeInteger(number) ? number : part.toString();
  });
}

/** A table for people, its columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
