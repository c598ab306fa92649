/** The `raw` format of input connectors. */

import { ConfigError, type InputFormat } from "@tidemark/connector";
import { type Column, identifier, type JsonObject, spell, type Table } from "@tidemark/program";

import { choiceOption } from "./config-fields.ts";
import { RawDecoder } from "./raw-decoder.ts";

/** Puts the bytes as they come into one column: all of a stream, or every line of it. */
export const rawInput: InputFormat = {
  name: "raw",
  options: ["mode", "column_name"],
  decoder: ({ table, config }) => {
    const mode = choiceOption(config, "mode", { allowed: ["blob", "lines"], otherwise: "blob" });
    const column = rawColumn(table, config);
    return new RawDecoder({
      mode,
      place: table.columns.indexOf(column),
      isText: column.type.kind === "text",
    });
  },
};

function rawColumn(table: Table, config: JsonObject): Column {
  const column = namedColumn(table, config["column_name"] ?? undefined);
  if (column.type.kind !== "text" && column.type.kind !== "binary") {
    throw new ConfigError(
      "column_name",
      `column_name: column ${spell(column.id)} must be of type VARCHAR or VARBINARY for the raw format`,
    );
  }
  const other = table.columns.find(
    (each) => each !== column && !each.nullable && each.defaultSql === undefined,
  );
  if (other === undefined) return column;
  throw new ConfigError(
    "column_name",
    `column_name: the raw format leaves column ${spell(other.id)} out, which must be nullable or have a default`,
  );
}

function namedColumn(table: Table, given: unknown): Column {
  const [only, second] = table.columns;
  if (given === undefined && only !== undefined && second === undefined) return only;
  if (typeof given !== "string") {
    throw new ConfigError(
      "column_name",
      `column_name: the raw format needs the name of the column to fill, because table ${spell(table.id)} has ${table.columns.length} columns`,
    );
  }
  const { name } = identifier(given);
  const column = table.columns.find(({ id }) => id.name === name);
  if (column !== undefined) return column;
  const known = table.columns.map(({ id }) => spell(id)).join(", ");
  throw new ConfigError("column_name", `column_name: no column '${given}'; there are: ${known}`);
}
