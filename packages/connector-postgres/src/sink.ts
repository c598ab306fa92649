/** `postgres_output`: a table that holds a view's rows, each step and its number in one transaction. */

import {
  type RefusedRow,
  RefusedRowsError,
  type Sink,
  type SinkContext,
  type SinkFactory,
  type Taken,
  type ViewChange,
} from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

import { savepoints } from "./refused-search.ts";
import { RowWriter } from "./row-lines.ts";
import { asConfigError, Session } from "./session.ts";
import { stepBatches } from "./step-batches.ts";
import { StepWriter } from "./step-writer.ts";
import { invalid, type Target, targetOf, textField } from "./target.ts";
import { type TargetTable, targetTable } from "./target-table.ts";

/** Where the steps that were taken are kept, beside what they wrote. */
const STEPS = "tidemark_steps";

const CREATE_STEPS = `CREATE TABLE IF NOT EXISTS ${STEPS}
  (life text, endpoint text, step bigint NOT NULL, PRIMARY KEY (life, endpoint))`;
const READ_STEP = `SELECT step FROM ${STEPS} WHERE life = $1 AND endpoint = $2`;
const WRITE_STEP = `INSERT INTO ${STEPS} VALUES ($1, $2, $3)
  ON CONFLICT (life, endpoint) DO UPDATE SET step = EXCLUDED.step`;

/** A step is taken in one go, whatever its size. */
const TAKE_MS = 600_000;

/** Sinks that keep a table like their view. */
export const postgresOutput: SinkFactory = {
  transport: "postgres_output",
  format: { name: "json", config: { update_format: "insert_delete" } },
  usesIndex: true,
  refusesRows: true,
  validate: ({ transport }) => void outputConfig(transport.config),
  open: openSink,
};

interface OutputConfig {
  readonly target: Target;
  readonly table: string;
}

function outputConfig(config: JsonObject): OutputConfig {
  const table = textField(config, "table");
  if (/^(?:[\w$]+|"[^"]+")(?:\.(?:[\w$]+|"[^"]+"))?$/u.test(table)) {
    return { target: targetOf(config), table };
  }
  throw invalid("table", `has to name a table, as in public.totals; it is '${table}'`);
}

async function openSink(context: SinkContext): Promise<Sink> {
  const { target, table: name } = outputConfig(context.connector.transport.config);
  await using opening = new AsyncDisposableStack();
  const session = opening.use(
    new Session(target, "tidemark output", { queryMs: TAKE_MS, names: "user's" }),
  );
  try {
    const { columns, index } = context;
    const table = await targetTable(session, name, { columns, index, target });
    await requireSteps(session);
    const [row] = await session.rows(READ_STEP, [context.life, context.endpoint]);
    const taken = row === undefined ? undefined : BigInt(String(row["step"]));
    const ownsKeys = await beganEmpty(session, context, { table: name, taken });
    opening.move();
    return new PostgresSink({ context, session, table, ownsKeys }, taken);
  } catch (error) {
    throw asConfigError(error, target);
  }
}

/** Has the table of steps be there; asking for it takes the right to create, also where it is there. */
async function requireSteps(session: Session): Promise<void> {
  if (await hasSteps(session)) return;
  try {
    await session.rows(CREATE_STEPS);
  } catch (error) {
    // Of two outputs that create it at the same time one fails, whatever IF NOT EXISTS says.
    if (!(await hasSteps(session))) throw error;
  }
}

async function hasSteps(session: Session): Promise<boolean> {
  const [steps] = await session.rows("SELECT to_regclass($1) IS NOT NULL AS there", [STEPS]);
  return steps?.["there"] === "t";
}

/**
 * Whether the table had no rows when the output first wrote to it, which is kept beside its steps: a
 * row whose key is there already is then another row of the view, and must not be written over.
 */
async function beganEmpty(
  session: Session,
  { life, endpoint }: SinkContext,
  { table, taken }: { readonly table: string; readonly taken: bigint | undefined },
): Promise<boolean> {
  const marker = `${endpoint} began with an empty table`;
  const [kept] = await session.rows(READ_STEP, [life, marker]);
  if (kept !== undefined) return true;
  if (taken !== undefined) return false;
  const [found] = await session.rows(`SELECT EXISTS (SELECT FROM ${table}) AS any`);
  if (found?.["any"] === "t") return false;
  await session.rows(WRITE_STEP, [life, marker, "0"]);
  return true;
}

interface PostgresSinkParts {
  readonly context: SinkContext;
  readonly session: Session;
  readonly table: TargetTable;
  readonly ownsKeys: boolean;
}

class PostgresSink implements Sink {
  readonly #context: SinkContext;
  readonly #session: Session;
  readonly #table: TargetTable;
  readonly #ownsKeys: boolean;
  #taken: bigint | undefined;

  constructor({ context, session, table, ownsKeys }: PostgresSinkParts, taken: bigint | undefined) {
    this.#context = context;
    this.#session = session;
    this.#table = table;
    this.#ownsKeys = ownsKeys;
    this.#taken = taken;
  }

  get takenStep(): bigint {
    return this.#taken ?? 0n;
  }

  /** Given again after a commit whose answer was lost, it finds the step's number and leaves it at that. */
  async take(step: bigint, changes: AsyncIterable<readonly ViewChange[]>): Promise<Taken> {
    const { life, endpoint } = this.#context;
    await this.#session.rows("BEGIN");
    try {
      const [row] = await this.#session.rows(`${READ_STEP} FOR UPDATE`, [life, endpoint]);
      const held = row === undefined ? -1n : BigInt(String(row["step"]));
      const taken = held >= step ? { records: 0, bytes: 0 } : await this.#apply(changes);
      if (held < step) await this.#session.rows(WRITE_STEP, [life, endpoint, step.toString()]);
      await this.#session.rows("COMMIT");
      this.#taken = step;
      return taken;
    } catch (error) {
      await this.#session.rows("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  /** Throws `RefusedRowsError` for rows that the table can't take; nothing of the step is kept then. */
  async #apply(changes: AsyncIterable<readonly ViewChange[]>): Promise<Taken> {
    const { columns, encoder } = this.#context;
    const session = this.#session;
    const table = this.#table;
    const writer = new StepWriter({
      session,
      table,
      writer: new RowWriter(encoder(), columns, table.columns),
      trial: savepoints((sql) => session.rows(sql)),
      ownsKeys: this.#ownsKeys,
    });
    const refused: RefusedRow[] = [];
    let records = 0;
    let bytes = 0;
    for await (const batch of stepBatches(changes)) {
      const written = await writer.write(batch);
      refused.push(...written.refused);
      records += written.records;
      bytes += written.bytes;
    }
    if (refused.length > 0) throw new RefusedRowsError(refused);
    return { records, bytes };
  }
}
