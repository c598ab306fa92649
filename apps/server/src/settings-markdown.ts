/** The page of settings, written from their table. */

import { isAddress, spellAddress } from "./address.ts";
import { parseSettings, SETTING_NAMES } from "./settings.ts";

/** All of `docs/configuration.md`. */
export function settingsMarkdown(): string {
  const defaults = new Map<string, unknown>(Object.entries(parseSettings({}).data ?? {}));
  const rows = SETTING_NAMES.map(({ key, flag, variable, value, help }) =>
    [
      `\`${value === undefined ? flag : `${flag} ${value}`}\``,
      `\`${variable}\``,
      `\`${key}\``,
      defaultText(defaults.get(key)),
      help,
    ].join(" | "),
  );
  return `# Configuration

Every setting is a flag of \`tidemark serve\`, an environment variable, or a key of the JSON file that \`--config PATH\` or
\`TIDEMARK_CONFIG\` names. A flag wins over the environment, and the environment over the file. A value that can't be used
stops the start; the message says which setting, from where, and what is allowed.

| flag | environment | key in the file | default | what it is |
| --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join("\n")}

\`\`\`json
{ "http": "127.0.0.1:8080", "dataDir": "/var/lib/tidemark", "maxWaitSeconds": 60 }
\`\`\`
`;
}

function defaultText(value: unknown): string {
  if (value === undefined) return "none";
  if (isAddress(value)) return `\`${spellAddress(value)}\``;
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}
