/** Catalog differences: what became of a table between two readings of the catalog. */

import { type CatalogShape, type Child } from "./shape.ts";

/** What is needed before the later shape may stand for the earlier one. */
export interface Difference {
  /** Why the table can't be followed any longer. */
  readonly faults: readonly string[];
  /** New partitions: none of their rows may be older than their being attached. */
  readonly attached: readonly Child[];
  /** Partitions whose file is another one: some row in it has to be from before. */
  readonly rewritten: readonly Child[];
}

const PERMANENT = "p";
const PARTITIONED = "p";
const TABLE = "r";

/** Compares; what is fine by itself is in none of the lists. */
export function difference(
  before: CatalogShape,
  now: CatalogShape,
  key: readonly string[],
): Difference {
  const children = childrenDifference(before, now);
  const faults = [
    ...requirementFaults(now, key),
    ...tableFaults(before, now),
    ...columnFaults(before, now),
    ...typeFaults(before, now),
    ...publicationFaults(before, now),
    ...children.faults,
  ];
  return { ...children, faults };
}

/**
 * What a table must be at any time, for its changes to tell everything about its rows; `key` are the
 * source's names of the columns of our primary key.
 */
export function requirementFaults(
  { table, below }: CatalogShape,
  key: readonly string[],
): readonly string[] {
  if (table === null) return [];
  const shown = `${table.schema}.${table.name}`;
  const faults: string[] = [];
  if (table.persistence !== PERMANENT) faults.push(unlogged(shown));
  if (!table.carries) faults.push(identity(shown, key));
  if (table.kind !== PARTITIONED) return faults;
  for (const { name, kind, persistence, carries } of below) {
    if (kind === PARTITIONED) continue;
    if (kind !== TABLE) {
      faults.push(
        `the partition '${name}' of the source table '${shown}' is a foreign table, whose changes are not in the log: ALTER TABLE ${shown} DETACH PARTITION ${name}`,
      );
    } else if (persistence !== PERMANENT) faults.push(unlogged(name));
    else if (!carries) faults.push(identity(name, key));
  }
  return faults;
}

function unlogged(name: string): string {
  return `'${name}' is UNLOGGED, so that its changes are not in the log: ALTER TABLE ${name} SET LOGGED`;
}

function identity(name: string, key: readonly string[]): string {
  const columns = key.map((column) => `'${column}'`).join(", ");
  const needed =
    key.length === 0
      ? "the whole row before a change, which a table without PRIMARY KEY needs"
      : `${columns} of the row before a change, which the PRIMARY KEY here needs`;
  return `the REPLICA IDENTITY of '${name}' does not carry ${needed}: ALTER TABLE ${name} REPLICA IDENTITY FULL`;
}

function tableFaults(before: CatalogShape, now: CatalogShape): readonly string[] {
  const [was, is] = [before.table, now.table];
  if (was === null) return [];
  const shown = `${was.schema}.${was.name}`;
  if (is === null) return [`the source table '${shown}' was dropped`];
  const faults: string[] = [];
  const current = `${is.schema}.${is.name}`;
  if (current !== shown) {
    faults.push(
      `the source table '${shown}' was renamed to '${current}': rename it back, or name it in 'source_table'`,
    );
  }
  if (was.unique && !is.unique) {
    faults.push(
      `the source table '${shown}' has no unique index any more over the columns of the PRIMARY KEY here, so that its rows may share a key: ALTER TABLE ${shown} ADD PRIMARY KEY (…)`,
    );
  }
  return faults;
}

function columnFaults(before: CatalogShape, now: CatalogShape): readonly string[] {
  const { table } = before;
  if (table === null || now.table === null) return [];
  const isRewritten = table.node !== now.table.node;
  return before.columns.flatMap((was) => {
    const shown = `the column '${was.name}' of the source table '${table.schema}.${table.name}'`;
    const is = now.columns.find(({ name }) => name === was.name);
    if (is === undefined) return [`${shown} was dropped or renamed`];
    if (is.number !== was.number) return [`${shown} was dropped and added again`];
    if (is.type !== was.type) return [`the type of ${shown} was changed`];
    if (isRewritten && is.changed !== was.changed) {
      return [`${shown} was rewritten, as by ALTER TABLE … ALTER COLUMN … TYPE … USING`];
    }
    return [];
  });
}

function typeFaults(before: CatalogShape, now: CatalogShape): readonly string[] {
  const labels = new Map(now.labels);
  const renamed = before.labels.filter(([oid, label]) => labels.get(oid) !== label);
  const faults = renamed.map(
    ([oid, label]) =>
      `the enum value '${label}' of a column of the source table was renamed to '${labels.get(oid) ?? "nothing"}', in all rows`,
  );
  if (before.fields.join("\n") !== now.fields.join("\n")) {
    faults.push("the row type of a column of the source table was changed, in all rows");
  }
  return faults;
}

function publicationFaults(before: CatalogShape, now: CatalogShape): readonly string[] {
  const [was, is] = [before.publication, now.publication];
  if (was === null) return [];
  if (is === null) return ["the publication was dropped: CREATE PUBLICATION … FOR TABLE"];
  if (is.oid !== was.oid) return ["the publication was dropped and created again"];
  if (is.changed !== was.changed) return ["the publication was altered"];
  const entries = new Map(is.tables);
  const faults: string[] = [];
  const isKept =
    was.tables.every(([table, entry]) => entries.get(table) === entry) &&
    was.schemas.every((entry) => is.schemas.includes(entry));
  if (!isKept)
    faults.push(
      "the source table was removed from the publication, or removed and added again: ALTER PUBLICATION … ADD TABLE",
    );
  if (was.byRoot && before.above.join(" ") !== now.above.join(" ")) {
    faults.push("the source table became a partition of another table, or ceased to be one");
  } else if (was.byRoot && is.tables.length > was.tables.length) {
    faults.push("a table that the source table is a partition of was added to the publication");
  }
  return faults;
}

function childrenDifference(before: CatalogShape, now: CatalogShape): Difference {
  const { table } = before;
  const shown = table === null ? "" : `${table.schema}.${table.name}`;
  const known = new Map(before.below.map((child) => [child.oid, child]));
  const current = new Map(now.below.map((child) => [child.oid, child]));
  if (now.table?.kind === TABLE) {
    const added = now.below.filter(({ oid }) => !known.has(oid));
    const faults = added.map(
      ({ name }) =>
        `'${name}' inherits from the source table '${shown}' now, which shows its rows, while its changes are those of another table: ALTER TABLE ${name} NO INHERIT ${shown}`,
    );
    return { faults, attached: [], rewritten: [] };
  }
  const faults: string[] = [];
  for (const was of before.below.filter(isLeaf)) {
    const is = current.get(was.oid);
    const partition = `the partition '${was.name}' of the source table '${shown}'`;
    if (is === undefined) {
      faults.push(
        `${partition} was detached or dropped, and its rows with it, which are no changes in the log: DELETE them before, or ATTACH it again`,
      );
    } else if (is.attached.join() !== was.attached.join()) {
      faults.push(`${partition} was detached and attached again`);
    }
  }
  const leaves = now.below.filter(isLeaf);
  return {
    faults,
    attached: leaves.filter(({ oid }) => !known.has(oid)),
    rewritten: leaves.filter(({ oid, node }) => (known.get(oid)?.node ?? node) !== node),
  };
}

function isLeaf({ kind }: Child): boolean {
  return kind !== PARTITIONED;
}
