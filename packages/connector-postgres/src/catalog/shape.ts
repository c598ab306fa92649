/** Catalog shapes: what the catalog says of a table, as far as rows can come or go without a change in the log. */

/** A partition, or a child by inheritance, at any depth. */
export interface Child {
  readonly oid: string;
  readonly name: string;
  /** Transactions that attached it and what lies between it and the table, nearest last. */
  readonly attached: readonly string[];
  readonly kind: string;
  readonly persistence: string;
  /** Its file: another one after TRUNCATE, and after VACUUM FULL. */
  readonly node: string;
  /** The transaction that changed its entry last. */
  readonly changed: string;
  /** Its replica identity carries what our table needs. */
  readonly carries: boolean;
}

/** A column that our table has as well. */
export interface ShapeColumn {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly modifier: number;
  /** The transaction that changed its definition last. */
  readonly changed: string;
}

/** The publication, and the entries by which it publishes the table. */
export interface ShapePublication {
  readonly oid: string;
  /** The transaction that created or altered it last, apart from its lists of tables. */
  readonly changed: string;
  readonly byRoot: boolean;
  /** Of the table, and of what it is a partition of: `[table, entry]`. */
  readonly tables: readonly (readonly [string, string])[];
  readonly schemas: readonly string[];
}

/** The table itself. */
export interface ShapeTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly persistence: string;
  readonly node: string;
  readonly carries: boolean;
  /** A unique index lies over columns of our primary key. */
  readonly unique: boolean;
}

/** All of it, at one moment. */
export interface CatalogShape {
  /** Absent once the table is dropped. */
  readonly table: ShapeTable | null;
  readonly columns: readonly ShapeColumn[];
  readonly publication: ShapePublication | null;
  /** What the table is a partition of. */
  readonly above: readonly string[];
  readonly below: readonly Child[];
  /** Labels of enums among the columns' types, by their OIDs. */
  readonly labels: readonly (readonly [string, string])[];
  /** Fields of row types among the columns' types. */
  readonly fields: readonly string[];
}

/** A shape, and since when it holds. */
export interface SeenShape {
  readonly shape: CatalogShape;
  /** The shape as text: equal texts are equal shapes. */
  readonly text: string;
  /** Transactions before this one had ended when it was read. */
  readonly horizon: string;
}

const VERSION = "1";

/** Writes it for `Progress.state`. */
export function encodeSeen({ text, horizon }: Pick<SeenShape, "text" | "horizon">): string {
  return `${VERSION} ${horizon} ${text}`;
}

/** Reads what `encodeSeen` wrote; undefined for anything else. */
export function decodeSeen(state: string | undefined): SeenShape | undefined {
  const [, horizon, text] = /^1 (\d+) (\{.*\})$/su.exec(state ?? "") ?? [];
  if (horizon === undefined || text === undefined) return undefined;
  return { shape: shapeOf(text), text, horizon };
}

/** Reads the text that the server makes of a shape. */
export function shapeOf(text: string): CatalogShape {
  // Written by the one statement that reads shapes, or by `encodeSeen`.
  const shape: CatalogShape = JSON.parse(text);
  return shape;
}
