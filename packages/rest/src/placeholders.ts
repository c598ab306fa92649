/** The placeholders of paths, described once for all operations. */

/** What each placeholder stands for. */
export const PLACEHOLDERS: Readonly<Record<string, string>> = {
  pipeline_name: "The pipeline's unique name.",
  table_name:
    "A table's (or, where it is read, a view's) name: unquoted in any case, exactly where it is in double quotes.",
  view_name: "A view's name: unquoted in any case, exactly where it is in double quotes.",
  connector_name: "The connector's exact name; `unnamed-{i}` where it has none.",
  api_key_name: "The API key's unique name.",
  event_id: "An event's id, or `latest`.",
  action: "What the connector is to do: `start` or `pause`.",
};

/** The names of a path's placeholders, in their order. */
export function placeholdersOf(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/gu)].flatMap(([, name]) => name ?? []);
}

/** A path as the router takes it. */
export function routerPath(path: string): string {
  return path.replaceAll(":", "\\:").replaceAll(/\{(\w+)\}/gu, ":$1");
}
