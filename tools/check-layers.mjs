// Holds every package's declared dependencies against the one table of layers. `turbo boundaries`
// then proves that no file imports what its package does not declare.
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/** What each package may depend on directly; tests may use the second list as well. */
const LAYERS = {
  core: [[], []],
  program: [[], []],
  api: [[], []],
  connector: [["core", "program"], []],
  format: [["connector", "program"], []],
  "query-format": [["connector", "format", "program"], []],
  "connector-*": [
    ["connector", "core", "program"],
    ["conformance", "format", "systems"],
  ],
  "engine-*": [["connector", "core", "program"], ["conformance"]],
  "registry-*": [["connector", "core", "program"], ["conformance"]],
  jwt: [[], ["systems"]],
  service: [["connector", "core", "program"], []],
  rpc: [["api", "service"], ["core"]],
  rest: [["service"], []],
  client: [["api"], []],
  systems: [[], []],
  conformance: [["connector", "core", "program"], ["systems"]],
  server: [["*"], ["*"]],
  cli: [["client", "server"], ["systems"]],
  contract: [[], ["server"]],
  histories: [[], ["server", "systems"]],
  bench: [
    ["api", "connector", "connector-kafka", "core", "format", "program", "server", "systems"],
    [],
  ],
};

const scope = "@tidemark/";
const faults = [];
const checked = JSON.parse(readFileSync("tsconfig.json", "utf8")).references.map(
  ({ path }) => path,
);
for (const file of globSync("{packages,apps}/*/package.json")) {
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  const name = manifest.name.slice(scope.length);
  if (!checked.includes(dirname(file))) {
    faults.push(`${file}: its types are not checked; add its folder to tsconfig.json`);
  }
  const layer = LAYERS[name] ?? LAYERS[`${name.split("-")[0]}-*`];
  if (layer === undefined) {
    faults.push(`${file}: ${manifest.name} has no layer; add it to tools/check-layers.mjs`);
    continue;
  }
  const [runtime, tests] = layer;
  check(file, manifest.dependencies, runtime, "dependencies");
  check(file, manifest.devDependencies, [...runtime, ...tests], "devDependencies");
}

function check(file, dependencies, allowed, field) {
  for (const dependency of Object.keys(dependencies ?? {})) {
    if (!dependency.startsWith(scope)) continue;
    const target = dependency.slice(scope.length);
    if (allowed.includes("*") || allowed.includes(target)) continue;
    faults.push(
      `${file}: ${field} names ${dependency}; allowed are: ${allowed.join(", ") || "none"}`,
    );
  }
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log("layers hold");
