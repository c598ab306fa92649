/** `postgres_cdc_input`: a table's rows as of one moment, then every change of it, each exactly once. */

import {
  type Clock,
  type Source,
  type SourceContext,
  type SourceFactory,
} from "@tidemark/connector";

import { requirementFaults } from "./catalog/difference.ts";
import { CatalogReader, onSession } from "./catalog/reading.ts";
import { decodeSeen } from "./catalog/shape.ts";
import { cdcConfig } from "./cdc-config.ts";
import { ChangeSource } from "./change-source.ts";
import { clusterOf } from "./cluster.ts";
import { resumeOf } from "./resume.ts";
import { asConfigError, Session } from "./session.ts";
import { sourceTable } from "./source-table.ts";
import { invalid } from "./target.ts";

/** Sources of the changes of a table; the clock sets the pace of idle readings and of retries. */
export function postgresCdcInput(clock: Clock): SourceFactory {
  return {
    transport: "postgres_cdc_input",
    onReject: "stop",
    format: { name: "json", config: { update_format: "insert_delete", json_flavor: "c_hex" } },
    validate: ({ transport }) => void cdcConfig(transport.config),
    open: (context) => openCdc(context, clock),
  };
}

async function openCdc(context: SourceContext, clock: Clock): Promise<Source> {
  const config = cdcConfig(context.connector.transport.config);
  await using opening = new AsyncDisposableStack();
  const session = opening.use(new Session(config.target, "tidemark cdc"));
  try {
    const cluster = await clusterOf(session, config.target);
    const table = await sourceTable(session, config, context.table);
    const slot =
      config.slot ??
      `tidemark_${context.life
        .replaceAll(/[^a-z0-9]/giu, "")
        .slice(-12)
        .toLowerCase()}_${table.oid}`;
    const { target } = config;
    const place = { target, cluster, table, slot, slotIsOurs: config.slot === undefined, session };
    const columns = [...table.columns.keys()];
    const key = context.table.primaryKey.flatMap((at) => columns[at] ?? []);
    const { publication } = config;
    const reader = new CatalogReader({ oid: table.oid, publication, columns, key });
    await requireFollowable(reader, session);
    const resuming = await resumeOf(context, place);
    const seen = decodeSeen(resuming.start.state ?? (await resuming.spool.kept()));
    opening.move();
    return new ChangeSource({ context, config, clock, place, resuming, reader, seen });
  } catch (error) {
    throw asConfigError(error, config.target);
  }
}

/** Throws `ConfigError` where changes of the table, or of a partition, do not tell everything. */
async function requireFollowable(reader: CatalogReader, session: Session): Promise<void> {
  const { shape } = await reader.read(onSession(session));
  const [fault] = requirementFaults(shape, reader.subject.key);
  if (fault !== undefined) {
    throw invalid("source_table", `names a table that can't be followed: ${fault}`);
  }
}
