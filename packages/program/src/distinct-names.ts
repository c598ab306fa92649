/** Distinct names: what readers know columns and fields by that have no name, or another's. */

/**
 * The names, each once: one without text is called after its place, as the original does, and one
 * that is there before gets a number.
 * @example
 * distinctNames(["", "a", "a"]) // ["EXPR$0", "a", "a_1"]
 */
export function distinctNames(names: readonly string[]): readonly string[] {
  const given = new Set(names);
  const used = new Set<string>();
  return names.map((own, place) => {
    const name = own === "" ? `EXPR$${place}` : own;
    let distinct = name;
    for (
      let count = 1;
      used.has(distinct) || (distinct !== own && given.has(distinct));
      count += 1
    ) {
      distinct = `${name}_${count}`;
    }
    used.add(distinct);
    return distinct;
  });
}
