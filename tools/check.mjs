// Every check that is not a test: types, lint, format, layers, proto, generated code, documents.
import { capture, fail, root } from "./run.mjs";

/** In this order: what the others rest on comes first. */
const CHECKS = [
  { name: "types", command: "tsc -b" },
  { name: "lint", command: "oxlint --type-aware --deny-warnings" },
  { name: "format", command: "oxfmt --check" },
  { name: "layers between packages", command: "node tools/check-layers.mjs" },
  { name: "boundaries of imports", command: "turbo boundaries" },
  { name: "proto", command: "buf lint" },
  { name: "generated code", command: "node tools/check-generated.mjs" },
  { name: "documents", command: "node --conditions=@tidemark/source tools/check-docs.mjs" },
];

/** Runs all checks and answers how many failed; each failure shows what its program said. */
export async function check() {
  let failed = 0;
  for (const { name, command } of CHECKS) {
    const [program, ...args] = command.split(" ");
    const began = Date.now();
    const { code, output } = await capture(program, args, { cwd: root });
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (code === 0) continue;
    failed += 1;
    console.log(`$ ${command}\n${output.trimEnd()}\n`);
  }
  return failed;
}

if (import.meta.filename === process.argv[1]) {
  try {
    process.exitCode = (await check()) === 0 ? 0 : 1;
  } catch (error) {
    fail(error);
  }
}
