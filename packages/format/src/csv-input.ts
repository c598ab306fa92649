/** The `csv` format of input connectors. */

import { type InputFormat } from "@tidemark/connector";

import { MARK, withoutMark } from "./byte-order-mark.ts";
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
    if (beginning !== undefined && (dialect.headers || !dialect.flexible)) {
      const isMarked = MARK.equals(beginning.subarray(0, MARK.length));
      new CsvDecoder(stream).takeBeginning(isMarked ? beginning.subarray(MARK.length) : beginning);
    }
    return new CsvDecoder(stream);
  },
};
