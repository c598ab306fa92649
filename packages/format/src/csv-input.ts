/** The `csv` format of input connectors. */

import { type InputFormat } from "@tidemark/connector";

import { CsvDecoder } from "./csv-decoder.ts";
import { csvDialect } from "./csv-dialect.ts";
import { csvRowReader } from "./csv-row.ts";

/** Reads CSV records, their fields in the order of the table's columns. */
export const csvInput: InputFormat = {
  name: "csv",
  decoder: ({ table, config, continued = false }) => {
    const dialect = csvDialect(config);
    const headers = dialect.headers && !continued;
    return new CsvDecoder({ ...dialect, headers }, csvRowReader(table));
  },
};
