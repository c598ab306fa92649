/** What every sink must do. */

import {
  type DurableCell,
  type OutputColumn,
  type Sink,
  type SinkContext,
  type ViewChange,
} from "@tidemark/connector";
import { describe, expect, test } from "vitest";

/** What the suite opens sinks with: the harness adds the declaration and the encoder. */
export type SinkOpening = Pick<SinkContext, "columns" | "cell" | "life" | "step">;

/** A place that sinks can be opened on, one after the other. */
export interface SinkSetup extends AsyncDisposable {
  open(opening: SinkOpening): Promise<Sink>;
  /** The changes that a reader of the place sees, each as `+n` or `-n`; absent where none can. */
  contents?(): Promise<readonly string[]>;
}

/** What sinks differ in. */
export interface SinkKind {
  /**
   * `in-place`: the number of the last step is in the place itself, in one commit with its changes, so
   * that the cell decides nothing, other lives leave each other's changes alone, and an older writer is
   * fenced out.
   */
  readonly progress: "in-cell" | "in-place";
}

const COLUMNS: readonly OutputColumn[] = [
  {
    id: { name: "n", quoted: false },
    type: { kind: "integer", bits: 32, unsigned: false },
    nullable: false,
  },
];

const DIED = "the process has died";

/** Runs the suite; `setUp` makes a new, empty place. Rows have one integer column, `n`. */
export function sinkSuite(
  name: string,
  setUp: () => Promise<SinkSetup>,
  { progress }: SinkKind = { progress: "in-cell" },
): void {
  const inPlace = progress === "in-place";

  /** A place, and a cell that outlives sinks, with what goes wrong at its next write. */
  async function start(): Promise<Stage> {
    return new Stage(await setUp());
  }

  describe(`sink ${name}`, () => {
    test("what it takes is there once, in order, and its records are counted", async () => {
      await using stage = await start();
      await using sink = await stage.open(3n);
      expect(await sink.take(4n, changes([1, 2], [3]))).toMatchObject({ records: 3 });
      expect(await sink.take(9n, changes([-1]))).toMatchObject({ records: 1 });
      await stage.expectContents("+1", "+2", "+3", "-1");
    });

    test("reopened, it knows the last step that it took", async () => {
      await using stage = await start();
      {
        await using sink = await stage.open(3n);
        await sink.take(4n, changes([1]));
        await sink.take(9n, changes([2]));
      }
      await using again = await stage.open(9n);
      expect(again.takenStep).toBe(9n);
      await again.take(10n, changes([3]));
      await stage.expectContents("+1", "+2", "+3");
    });

    test("a step whose changes break off is not there, and once it is given again, once", async () => {
      await using stage = await start();
      await using sink = await stage.open(0n);
      await sink.take(1n, changes([1]));
      await expect(sink.take(2n, breaking([2, 3]))).rejects.toThrow("broken off");
      await sink.take(2n, changes([2, 3], [4]));
      await stage.expectContents("+1", "+2", "+3", "+4");
    });

    test.each(["before", "after"] as const)(
      "a crash %s its progress is durable leaves each step once, and no half step",
      async (when) => {
        await using stage = await start();
        {
          await using sink = await stage.open(0n);
          await sink.take(1n, changes([1]));
          stage.failNextWrite = when;
          expect(await outcome(sink.take(2n, changes([2], [3])))).toBe(stage.outcomeOfFailedWrite);
        }
        await using again = await stage.open(2n);
        if (!stage.hasContents) return;
        const holds = inPlace || when === "after";
        expect(again.takenStep).toBe(holds ? 2n : 1n);
        await stage.expectContents(...(holds ? ["+1", "+2", "+3"] : ["+1"]));
        if (inPlace || !holds) await again.take(2n, changes([2], [3]));
        await again.take(3n, changes([4]));
        await stage.expectContents("+1", "+2", "+3", "+4");
      },
    );

    test("a write that fails without a crash is made good when the step is given again", async () => {
      await using stage = await start();
      await using sink = await stage.open(0n);
      for (const when of ["before", "after"] as const) {
        stage.failNextWrite = when;
        expect(await outcome(sink.take(1n, changes([1], [2])))).toBe(stage.outcomeOfFailedWrite);
      }
      await sink.take(1n, changes([1], [2]));
      await sink.take(2n, changes([3]));
      await stage.expectContents("+1", "+2", "+3");
    });

    test("a new life of the engine's storage starts afresh", async () => {
      await using stage = await start();
      {
        await using sink = await stage.open(0n);
        await sink.take(1n, changes([1]));
      }
      await using other = await stage.open(0n, "other life");
      expect(other.takenStep ?? 0n).toBe(0n);
      await other.take(1n, changes([2]));
      await stage.expectContents(...(inPlace ? ["+1"] : []), "+2");
    });

    if (!inPlace) return;
    describe("with its progress in place", () => {
      test("without its cell it knows the last step all the same", async () => {
        await using stage = await start();
        {
          await using sink = await stage.open(0n);
          await sink.take(7n, changes([1]));
        }
        stage.forget();
        await using again = await stage.open(7n);
        expect(again.takenStep).toBe(7n);
      });

      test("a step without changes is taken too", async () => {
        await using stage = await start();
        {
          await using sink = await stage.open(0n);
          expect(await sink.take(1n, changes())).toEqual({ records: 0, bytes: 0 });
        }
        await using again = await stage.open(1n);
        expect(again.takenStep).toBe(1n);
        await stage.expectContents();
      });

      test("a writer that is opened later fences the older one out for good", async () => {
        await using stage = await start();
        await using older = await stage.open(0n);
        await older.take(1n, changes([1]));
        await using younger = await stage.open(1n);
        for (let times = 0; times < 2; times += 1) {
          await expect(older.take(2n, changes([2]))).rejects.toThrow("another writer");
        }
        await younger.take(2n, changes([2], [3]));
        await expect(older.take(3n, changes([4]))).rejects.toThrow("another writer");
        await younger.take(3n, changes([4]));
        await stage.expectContents("+1", "+2", "+3", "+4");
      });
    });
  });
}

/** A place under test, and the sink's cell, which outlives sinks. */
class Stage implements AsyncDisposable {
  /** Whether the next write to the cell fails, and on which side of becoming durable. */
  failNextWrite: "before" | "after" | undefined;
  readonly #setup: SinkSetup;
  #text: string | undefined;

  constructor(setup: SinkSetup) {
    this.#setup = setup;
  }

  get hasContents(): boolean {
    return this.#setup.contents !== undefined;
  }

  /** A sink that shows nothing has no progress to write either. */
  get outcomeOfFailedWrite(): string {
    return this.hasContents ? DIED : "taken";
  }

  open(step: bigint, life = "life"): Promise<Sink> {
    const cell: DurableCell = {
      read: () => Promise.resolve(this.#text),
      write: (text) => this.#write(text),
    };
    return this.#setup.open({ columns: COLUMNS, cell, life, step });
  }

  /** Loses what the cell holds. */
  forget(): void {
    this.#text = undefined;
  }

  async expectContents(...expected: readonly string[]): Promise<void> {
    const seen = await this.#setup.contents?.();
    if (seen !== undefined) expect(seen).toEqual(expected);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#setup[Symbol.asyncDispose]();
  }

  #write(text: string): Promise<void> {
    const fails = this.failNextWrite;
    this.failNextWrite = undefined;
    if (fails !== "before") this.#text = text;
    return fails === undefined ? Promise.resolve() : Promise.reject(new Error(DIED));
  }
}

function outcome(taking: Promise<unknown>): Promise<string> {
  return taking.then(
    () => "taken",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

async function* changes(
  ...chunks: readonly (readonly number[])[]
): AsyncGenerator<readonly ViewChange[]> {
  for (const chunk of chunks) {
    yield await Promise.resolve(
      chunk.map((n) => ({ weight: n > 0 ? (1 as const) : (-1 as const), row: [Math.abs(n)] })),
    );
  }
}

async function* breaking(chunk: readonly number[]): AsyncGenerator<readonly ViewChange[]> {
  yield* changes(chunk);
  throw new Error("broken off");
}
