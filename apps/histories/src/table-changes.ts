/** Table changes: what can happen to a table that is followed so that its changes no longer fit. */

/** One transaction's worth: a change, a row that is written under it, and the way back. */
export type TableChange = readonly [there: string, into: string, back: string];

/** Every kind of change of a table with an integer column `version`. */
export function changesOf(table: string): readonly TableChange[] {
  const alter = `ALTER TABLE ${table}`;
  return [
    [`${alter} RENAME TO ${table}_x`, `${table}_x`, `ALTER TABLE ${table}_x RENAME TO ${table}`],
    [
      `${alter} ALTER COLUMN version TYPE text`,
      table,
      `${alter} ALTER COLUMN version TYPE bigint USING version::bigint`,
    ],
    [
      `${alter} RENAME COLUMN version TO edition`,
      table,
      `${alter} RENAME COLUMN edition TO version`,
    ],
  ];
}
