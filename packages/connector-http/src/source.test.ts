import { pushSourceSuite } from "@tidemark/conformance";

import { httpPush } from "./source.ts";

pushSourceSuite("http", httpPush);
