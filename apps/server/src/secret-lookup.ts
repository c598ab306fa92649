/** Where the values come from that connectors refer to: the environment, and a folder of secrets. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type Lookup, type Reference, type SecretLookup } from "@tidemark/connector";

/** The server's own settings, which hold its own secrets. */
const OWN_VARIABLE = /^TIDEMARK_/iu;

/** Looks values up at every start of a pipeline, so that a changed one counts from the next. */
export function secretLookup(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string | undefined,
): SecretLookup {
  return (reference) =>
    reference.kind === "env" ? variable(reference.name, environment) : secret(reference, directory);
}

function variable(name: string, environment: Readonly<Record<string, string | undefined>>): Lookup {
  if (OWN_VARIABLE.test(name)) {
    return missing(`environment variables of that name are the server's own`);
  }
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value === undefined) return missing(`the server has no environment variable '${name}'`);
  return { kind: "found", value };
}

function secret(
  { provider, name, key }: Extract<Reference, { kind: "secret" }>,
  directory: string | undefined,
): Lookup {
  if (directory === undefined) {
    return missing("the server was started without --secrets-dir, the folder where secrets are");
  }
  try {
    const text = readFileSync(join(directory, provider, name, key), "utf8");
    return { kind: "found", value: text.replace(/\r?\n$/u, "") };
  } catch {
    return missing(
      `the server finds no file '${provider}/${name}/${key}' in its folder of secrets`,
    );
  }
}

function missing(why: string): Lookup {
  return { kind: "missing", why };
}
