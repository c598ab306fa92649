/** The factory of embedded engines. */

import { type DuckDBConnection } from "@duckdb/node-api";
import {
  type Compiled,
  type Engine,
  type EngineFactory,
  type OutputColumn,
} from "@tidemark/connector";
import { type Program, type ProgramError, withRejected } from "@tidemark/program";

import { type Functions, readFunctions } from "./catalog.ts";
import {
  type Database,
  type DatabaseLimits,
  openDatabase,
  removeDatabase,
  scratchDatabase,
  syncDirectory,
} from "./database.ts";
import { createMacros } from "./dialect-functions.ts";
import { DuckdbEngine } from "./duckdb-engine.ts";
import { type FollowedView, openFollowed } from "./followed-view.ts";
import { openKeyedBodies } from "./keyed-bodies.ts";
import { LiveRelations } from "./live-relations.ts";
import { logicalViews, NamedEngine, namedFault } from "./named-engine.ts";
import { exactNames, type Naming } from "./naming.ts";
import { openOutbox } from "./outbox.ts";
import { physicalProgram } from "./physical-program.ts";
import { readable } from "./query.ts";
import { readSessions } from "./read-session.ts";
import { openRejectLog } from "./reject-log.ts";
import { openRejectReading } from "./reject-reading.ts";
import { createRelations, type Relations } from "./relations.ts";
import { type OpenedSchema, openSchema } from "./schema.ts";
import { openStepLog, recover } from "./step-log.ts";
import { openTableWriter, type TableWriter } from "./table-writer.ts";
import { type Turns, turns } from "./turns.ts";

/** How engines of one factory use the machine. */
export interface DuckdbOptions {
  /** Most memory of one engine, as DuckDB spells it, for example `512MB`; DuckDB's own default where absent. */
  readonly memoryLimit?: string;
  /** Threads that run one statement; 2 where absent. */
  readonly threads?: number;
  /** How many statements of readers run at a time, over all engines; 2 where absent. */
  readonly readers?: number;
}

/** Engines on DuckDB, each with one file `engine.duckdb` in a folder of its directory. */
export function duckdbEngines(options: DuckdbOptions = {}): EngineFactory {
  // DuckDB's calls run on the few threads of libuv's pool: readers must leave some to commits.
  const readerTurns = turns(options.readers ?? 2);
  const limits: DatabaseLimits = {
    threads: options.threads ?? 2,
    ...(options.memoryLimit === undefined ? {} : { memory: options.memoryLimit }),
  };
  const functions = functionsOnce();
  return {
    compile: (program) => compile(program, functions),
    open: ({ directory, program }) =>
      openEngine(directory, program, { limits, readerTurns, functions }),
    clear: removeDatabase,
  };
}

/** DuckDB's functions are the same in all databases, and reading them is most of what opening costs. */
type ReadFunctions = (connection: DuckDBConnection) => Promise<Functions>;

function functionsOnce(): ReadFunctions {
  let reading: Promise<Functions> | undefined;
  return async (connection) => {
    // Engines that open at the same time share one reading; one that failed is tried again.
    reading ??= readFunctions(connection).catch((fault: unknown) => {
      reading = undefined;
      throw fault;
    });
    return reading;
  };
}

async function compile(program: Program, functions: ReadFunctions): Promise<Compiled> {
  const instance = await scratchDatabase();
  const connection = await instance.connect();
  try {
    await createMacros(connection);
    const naming = exactNames(program);
    const relations = await createRelations(
      connection,
      withRejected(physicalProgram(program, naming)),
      {
        functions: await functions(connection),
        naming,
      },
    );
    return relations.errors.length > 0
      ? { kind: "invalid", errors: relations.errors.map((error) => logicalError(error, naming)) }
      : { kind: "compiled", views: logicalViews(columnsByView(relations), naming) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function logicalError(error: ProgramError, { logical }: Naming): ProgramError {
  return { ...error, message: logical(error.message), snippet: logical(error.snippet) };
}

async function openEngine(
  directory: string,
  program: Program,
  shared: {
    readonly limits: DatabaseLimits;
    readonly readerTurns: Turns;
    readonly functions: ReadFunctions;
  },
): Promise<Engine> {
  const database = await openDatabase(directory, shared.limits);
  try {
    const { schema, followed } = await reconcile(database, program, shared.functions);
    await syncDirectory(database.folder);
    await syncDirectory(directory);
    const engine = await assemble(database, { schema, followed, readerTurns: shared.readerTurns });
    return new NamedEngine(engine, schema.naming);
  } catch (fault) {
    await database[Symbol.asyncDispose]();
    throw namedFault(fault, exactNames(program));
  }
}

async function reconcile(
  { writer }: Database,
  program: Program,
  functions: ReadFunctions,
): Promise<{ readonly schema: OpenedSchema; readonly followed: readonly FollowedView[] }> {
  await writer.run("BEGIN TRANSACTION");
  const schema = await openSchema(writer, program, await functions(writer));
  const followed = await openFollowed(writer, schema.program.tables, schema.relations);
  await writer.run("COMMIT");
  return { schema, followed };
}

async function assemble(
  database: Database,
  parts: {
    readonly schema: OpenedSchema;
    readonly followed: readonly FollowedView[];
    readonly readerTurns: Turns;
  },
): Promise<Engine> {
  const { writer } = database;
  const { schema, followed } = parts;
  const { program } = schema;
  const writers = await openWriters(database, parts);
  const { deliveredStep, ...recovered } = await recover(writer);
  const byName = new Map(followed.map((view) => [view.name, view]));
  const { relations } = schema;
  return new DuckdbEngine({
    life: schema.life,
    epoch: schema.epoch,
    recovered,
    deliveredStep,
    views: columnsByView(relations),
    database,
    writers,
    followed: byName,
    live: new LiveRelations({
      connection: writer,
      tables: program.tables,
      relations,
      writers,
      followed: byName,
    }),
    outbox: await openOutbox(writer, followed, writers),
    log: await openStepLog(writer),
    keys: await openKeyedBodies(writer, recovered.keyed),
    rejects: await openRejectLog(writer),
    rejectReading: openRejectReading(database.instance),
    begin: await writer.prepare("BEGIN TRANSACTION"),
    end: await writer.prepare("COMMIT"),
    sessions: readSessions(database.instance, parts.readerTurns),
    readable: readable(program, relations),
  });
}

async function openWriters(
  { writer }: Database,
  {
    schema,
    followed,
  }: { readonly schema: OpenedSchema; readonly followed: readonly FollowedView[] },
): Promise<ReadonlyMap<string, TableWriter>> {
  const { functions } = schema.relations;
  const writers = new Map<string, TableWriter>();
  for (const table of schema.program.tables) {
    const name = table.id.name.toLowerCase();
    const follow = followed.some(({ lineage }) => lineage?.table === name);
    writers.set(name, await openTableWriter(writer, { table, functions, follow }));
  }
  return writers;
}

function columnsByView({ views }: Relations): ReadonlyMap<string, readonly OutputColumn[]> {
  return new Map([...views.values()].map(({ view, columns }) => [view.id.name, columns]));
}
