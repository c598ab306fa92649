import { type JsonObject } from "@tidemark/program";
import { expect, test } from "vitest";

import { inputFormats } from "./formats.ts";
import { tableOf } from "./test-table.ts";

test.each(["csv", "json", "parquet", "raw"])(
  "%s names exactly the options that it looks at",
  (name) => {
    const format = inputFormats.get(name);
    if (format === undefined) throw new Error(`no format ${name}`);
    const looked = new Set<string>();
    const config = new Proxy<JsonObject>(
      {},
      {
        get(_, option) {
          looked.add(String(option));
          return undefined;
        },
      },
    );
    format.decoder({ table: tableOf("CREATE TABLE t (s VARCHAR)"), config });
    expect([...looked].toSorted()).toEqual(format.options.toSorted());
  },
);
