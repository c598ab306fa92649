/** What the demo says: numbered steps in plain words. */

/** Says things, in order. */
export interface Narrator {
  /** Begins the next step. */
  step(title: string): void;
  /** A line of the step. */
  line(text: string): void;
  /** Several lines, set off. */
  block(text: string): void;
}

/** Writes to stdout. */
export function narrator(): Narrator {
  let steps = 0;
  return {
    step(title) {
      steps += 1;
      write(`\n${bold(`${steps}. ${title}`)}`);
    },
    line: (text) => write(`   ${text}`),
    block: (text) => write(text.replaceAll(/^/gm, "      ")),
  };
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

function bold(text: string): string {
  return process.stdout.isTTY ? `\u001B[1m${text}\u001B[0m` : text;
}
