/** A log as a source, for tests: rows that can be appended to, and replaced by a new log; a row `!` is rejected. */

import { frontier, offset, offsetAt, type PendingReason } from "@tidemark/core";

import { incarnationOf } from "../identity.ts";
import { Bell } from "../pump/bell.ts";
import {
  type Batch,
  type Progress,
  type Source,
  type SourceContext,
  type SourceFactory,
} from "../source.ts";
import { lineChanges } from "./line-changes.ts";

/** A log, outside of any process. */
export class Log {
  readonly name: string;
  readonly changed: Bell = new Bell();
  /** Rows of each life of the log, the last one being the current. */
  readonly lives: string[][] = [[]];
  closed = false;
  fault: string | undefined;
  #holdup: PendingReason | undefined;
  /** Rows that a batch may have. */
  batchRows = 1;
  disposed = 0;

  constructor(name: string) {
    this.name = name;
  }

  get holdup(): PendingReason | undefined {
    return this.#holdup;
  }

  /** Has its sources give nothing and say this, until it is undefined. */
  hold(holdup: PendingReason | undefined): void {
    this.#holdup = holdup;
    this.changed.ring();
  }

  append(...rows: readonly string[]): void {
    this.lives.at(-1)?.push(...rows);
    this.changed.ring();
  }

  /** Puts a new, empty log in place of this one; what was written to the old one can still be read. */
  replace(): void {
    this.lives.push([]);
    this.changed.ring();
  }

  /** No more will be appended. */
  close(): void {
    this.closed = true;
    this.changed.ring();
  }

  /** Has reading fail for good. */
  fail(message: string): void {
    this.fault = message;
    this.changed.ring();
  }
}

/** Sources over logs by `transport.config.log`. */
export function logSources(logs: readonly Log[]): SourceFactory {
  return {
    transport: "log",
    format: "forbidden",
    validate: () => undefined,
    open: (context) => {
      const log = logs.find(({ name }) => name === context.connector.transport.config["log"]);
      if (log === undefined) return Promise.reject(new Error("there is no such log"));
      return Promise.resolve(openLog(log, context));
    },
  };
}

function openLog(log: Log, { life, resume }: SourceContext): Source {
  const at = (index: number, rows: number): Progress => ({
    incarnation: incarnationOf(life, log.name, index),
    frontier: frontier([["0", BigInt(rows)]]),
    state: String(index),
  });
  const start = resume ?? at(log.lives.length - 1, 0);
  return {
    tells: { head: true, incarnationFrom: "the log's name and number" },
    start,
    async *batches({ signal }): AsyncGenerator<Batch> {
      let index = Number(start.state);
      let next = Number(offsetAt(start.frontier, "0"));
      for (;;) {
        await log.changed.until(() => log.holdup === undefined, { signal });
        const rows = (log.lives[index] ?? []).slice(next, next + log.batchRows);
        if (log.fault !== undefined) throw new Error(log.fault);
        if (rows.length > 0) {
          const first = next;
          next += rows.length;
          yield batch(at(index, next), rows, first);
        } else if (index < log.lives.length - 1) {
          index += 1;
          next = 0;
        } else if (log.closed) return;
        else {
          const seen = next;
          const moved = (): boolean =>
            log.closed ||
            log.fault !== undefined ||
            index < log.lives.length - 1 ||
            (log.lives[index]?.length ?? 0) > seen;
          await log.changed.until(moved, { signal });
        }
      }
    },
    holdup: () => log.holdup,
    head: () => Promise.resolve(at(log.lives.length - 1, log.lives.at(-1)?.length ?? 0)),
    [Symbol.asyncDispose]: () => {
      log.disposed += 1;
      return Promise.resolve();
    },
  };
}

function batch(progress: Progress, rows: readonly string[], first: number): Batch {
  const good = rows.filter((row) => row !== "!");
  const errors = rows.flatMap((row, i) => (row === "!" ? [rejected(first + i)] : []));
  return {
    ...progress,
    changes: lineChanges(good),
    records: good.length,
    bytes: rows.length,
    errors,
  };
}

function rejected(at: number): Batch["errors"][number] {
  return {
    description: "bad row",
    eventNumber: null,
    field: "s",
    invalidBytes: null,
    invalidText: "!",
    suggestion: null,
    tag: null,
    position: ["0", offset(BigInt(at))],
  };
}
