/** Column types: the SQL types of the original's programs. */

/** The type of a column, an element, a field or a map's key or value. */
export type ColumnType =
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly bits: 8 | 16 | 32 | 64; readonly unsigned: boolean }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "real" }
  | { readonly kind: "double" }
  /** `fixed` pads with blanks to `length` (CHAR); otherwise `length` is the most allowed. */
  | { readonly kind: "text"; readonly length?: number; readonly fixed: boolean }
  | { readonly kind: "binary"; readonly length?: number; readonly fixed: boolean }
  | { readonly kind: "date" }
  | { readonly kind: "time"; readonly precision?: number }
  /** `precision`: fraction digits as declared; up to 6 of them ask for the years 0 to 9999. */
  | { readonly kind: "timestamp"; readonly precision?: number }
  | { readonly kind: "uuid" }
  | { readonly kind: "variant" }
  | { readonly kind: "array"; readonly element: ColumnType }
  | { readonly kind: "map"; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: "row"; readonly fields: readonly Field[] };

/** A field of a ROW type. */
export interface Field {
  readonly name: string;
  readonly quoted: boolean;
  readonly type: ColumnType;
  readonly nullable: boolean;
}
