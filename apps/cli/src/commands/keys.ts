/** `tidemark keys …`: creating, listing and deleting API keys. */

import { type Command, Option } from "commander";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { table } from "../output.ts";

/** Adds the commands. */
export function addKeyCommands(program: Command, action: Action): void {
  const group = program.command("keys").description("create, list and delete API keys");
  group
    .command("create <name>")
    .description("make a key; it is shown this once")
    .addOption(
      new Option("--role <role>", "what calls with the key may do")
        .choices(["read", "write"])
        .default("read"),
    )
    .action(action(create));
  group.command("list").description("all keys of the tenant").action(action(list));
  group
    .command("delete <name>")
    .description("delete a key; calls that come with it are refused from then on")
    .action(action(remove));
}

async function create(
  { client, output, signal }: Context,
  [name]: Arguments,
  { role }: { readonly role: "read" | "write" },
): Promise<void> {
  const apiKey = await client.keys.create(name, { role, signal });
  output.note(`key '${name}' may ${role}; it is shown this once:`);
  output.result(apiKey, { name, role, api_key: apiKey });
}

async function list({ client, output, signal }: Context): Promise<void> {
  const keys = await client.keys.list({ signal });
  output.result(
    table(
      ["NAME", "ROLE", "ID"],
      keys.map(({ name, role, id }) => [name, role, id]),
    ),
    keys.map(({ name, role, id }) => ({ id, name, role })),
  );
}

async function remove({ client, output, signal }: Context, [name]: Arguments): Promise<void> {
  await client.keys.delete(name, { signal });
  output.result(`key '${name}' is deleted`, { name });
}
