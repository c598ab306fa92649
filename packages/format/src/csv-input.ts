/** The `csv` format of input connectors. */

import { type InputFormat } from "@tidemark/connector";

import { withoutMark } from "./byte-order-mark.ts";
import { CsvDecoder } from "./csv-decoder.ts";
import { csvDialect } from "./csv-dialect.ts";
import { CsvHeading } from "./csv-heading.ts";
import { csvRowReader } from "./csv-row.ts";

/** Reads CSV records, their fields in the order of the table's columns or as a heading names them. */
export const csvInput: InputFormat = {
  name: "csv",
  options: [
    "delimiter",
    "headers",
    "quote",
    "escape",
    "double_quote",
    "quoting",
    "comment",
    "flexible",
    "trim",
  ],
  decoder: ({ table, config, continued = false, beginning }) => {
    const dialect = csvDialect(config);
    const heading = new CsvHeading(
      table,
      dialect.headers && !(continued && beginning === undefined),
    );
    const stream = { dialect, readRow: csvRowReader(table), heading };
    if (!continued) return withoutMark(new CsvDecoder(stream));
    // Takes the heading, and counts the fields of the first record.
    if (beginning !== undefined) withoutMark(new CsvDecoder(stream)).push(beginning);
    return new CsvDecoder(stream);
  },
};
