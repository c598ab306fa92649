import { engineSuite } from "@tidemark/conformance";

import { duckdbEngines } from "./index.ts";

engineSuite("duckdb", () => duckdbEngines());
