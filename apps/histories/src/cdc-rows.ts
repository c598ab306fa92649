/** Rows of a table with versions, as who writes them knows them and as readers find them. */

/** What a writer knows of a row: its version, or that it was deleted. */
export type Known = bigint | "deleted";

type Fields = Readonly<Record<string, unknown>>;

/** What is covered and not there in this version or a later one; of some rows a deletion was tried. */
export function lackingOf(
  covered: ReadonlyMap<string, Known>,
  deletions: ReadonlySet<string>,
  there: ReadonlyMap<string, bigint>,
): readonly string[] {
  return [...covered].flatMap(([id, known]) => {
    const version = there.get(id);
    if (known === "deleted") return version === undefined ? [] : [`the end of ${id}`];
    if (version === undefined) return deletions.has(id) ? [] : [id];
    return version >= known ? [] : [`${id} in version ${known}`];
  });
}

export function shown({ id, version }: Fields): string {
  return `${String(id)}=${String(version)}`;
}

/** The version of each row. */
export function versions(rows: readonly Fields[]): ReadonlyMap<string, bigint> {
  return new Map(rows.map(({ id, version }) => [String(id), BigInt(String(version))]));
}
