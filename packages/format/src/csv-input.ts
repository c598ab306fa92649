/** The `csv` format of input connectors. */

import { type InputFormat } from "@tidemark/connector";

import { withoutMark } from "./byte-order-mark.ts";
import { CsvDecoder } from "./csv-decoder.ts";
import { csvDialect } from "./csv-dialect.ts";
import { csvRowReader } from "./csv-row.ts";

/** Reads CSV records, their fields in the order of the table's columns. */
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
  decoder: ({ table, config, continued = false }) => {
    const dialect = csvDialect(config);
    const headers = dialect.headers && !continued;
    const decoder = new CsvDecoder({ ...dialect, headers }, csvRowReader(table));
    return continued ? decoder : withoutMark(decoder);
  },
};
