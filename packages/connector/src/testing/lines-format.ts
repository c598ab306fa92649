/** Formats of lines, for tests: one row of one text per line; `!` is a bad record, `~` a truncate. */

import { ConfigError } from "../config-error.ts";
import { type Decoded, type InputFormat, type OutputFormat } from "../format.ts";
import { lineChanges } from "./line-changes.ts";

/** The format `lines`; its option `bad` is refused, `x` and `y` are ignored. */
export const linesFormat: InputFormat = {
  name: "lines",
  options: ["bad", "x", "y"],
  decoder({ config }) {
    if ("bad" in config) throw new ConfigError("bad", "there is no such option");
    const text = new TextDecoder();
    let rest = "";
    let consumed = 0n;
    const decode = (whole: string): Decoded => {
      consumed += BigInt(whole.length);
      const lines = whole.split("\n").filter((line) => line !== "");
      const good = lines.filter((line) => line !== "!");
      const errors = lines
        .filter((line) => line === "!")
        .map(() => ({
          description: "bad line",
          eventNumber: 1,
          field: null,
          invalidBytes: null,
          invalidText: "!",
          suggestion: null,
          tag: null,
        }));
      const changes = lineChanges(good);
      return { changes, records: good.length, consumedBytes: consumed, errors };
    };
    return {
      push(bytes) {
        rest += text.decode(bytes, { stream: true });
        const end = rest.lastIndexOf("\n") + 1;
        const whole = rest.slice(0, end);
        rest = rest.slice(end);
        return decode(whole);
      },
      finish() {
        const whole = rest;
        rest = "";
        return decode(whole);
      },
    };
  },
};

/** Writes changes as lines of `+row` and `-row`; its option `bad` is refused, and a row `?` can't be written. */
export const linesOutput: OutputFormat = {
  name: "lines",
  encoder({ config }) {
    if ("bad" in config) throw new ConfigError("bad", "there is no such option");
    return {
      encode(changes) {
        const lines = changes.map(({ weight, row }) => {
          if (row[0] === "?") throw new Error("a row '?' can't be written");
          return `${weight > 0 ? "+" : "-"}${String(row[0])}\n`;
        });
        return new TextEncoder().encode(lines.join(""));
      },
    };
  },
};
