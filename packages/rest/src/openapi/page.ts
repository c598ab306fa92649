/** The document as a page to read: plain HTML of its own, without scripts or anything from elsewhere. */

import { type JsonObject, type JsonValue } from "../service-answers.ts";

/** Writes the page of an OpenAPI document. */
export function documentPage(document: JsonObject): string {
  const { info, paths, components } = fields(document);
  const { title, version, description } = fields(info);
  const operations = entries(paths).flatMap(([path, methods]) =>
    entries(methods).map(([method, operation]) => ({ path, method, operation: fields(operation) })),
  );
  const tags = [...new Set(operations.map(({ operation }) => text(list(operation["tags"])[0])))];
  const schemas = entries(fields(components)["schemas"]);
  const head = `${text(title)} ${text(version)}`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(head)}</title><style>${STYLE}</style></head>
<body>
<header><h1>${escaped(head)}</h1>${prose(description)}<p>For programs: <a href="openapi.json">openapi.json</a></p></header>
<nav aria-label="Contents"><ul>${tags.map((tag) => `<li><a href="#${anchor(tag)}">${escaped(tag)}</a></li>`).join("")}<li><a href="#schemas">Schemas</a></li></ul></nav>
<main>
${tags.map((tag) => tagSection(tag, operations)).join("\n")}
<section id="schemas"><h2>Schemas</h2>
${schemas.map(([name, schema]) => schemaArticle(name, schema)).join("\n")}
</section>
</main>
</body>
</html>
`;
}

const STYLE =
  "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem;color-scheme:light dark}article{border-top:1px solid #8888;margin-top:1.5rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}pre,code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}ul{padding-left:1.2rem}";

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: JsonObject;
}

function tagSection(tag: string, operations: readonly Placed[]): string {
  const own = operations.filter(({ operation }) => list(operation["tags"]).includes(tag));
  return `<section id="${anchor(tag)}"><h2>${escaped(tag)}</h2>\n${own.map(operationArticle).join("\n")}\n</section>`;
}

function operationArticle({ path, method, operation }: Placed): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return `<article id="${anchor(text(operationId))}"><h3>${escaped(text(summary))}</h3>
<p><code>${escaped(`${method.toUpperCase()} ${path}`)}</code></p>${prose(description)}${parameterTable(list(parameters))}${requestBody === undefined ? "" : `<h4>Body</h4>${contentList(requestBody)}`}
<h4>Answers</h4><dl>${entries(responses).map(responseEntry).join("")}</dl></article>`;
}

function parameterTable(parameters: readonly JsonValue[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map((parameter) => {
    const { name, in: place, required, description, schema } = fields(parameter);
    const kind = `${text(place)}${required === true ? ", required" : ""}`;
    return `<tr><th scope="row"><code>${escaped(text(name))}</code></th><td>${kind}</td><td>${schemaText(schema)}</td><td>${inline(text(description))}</td></tr>`;
  });
  return `<h4>Parameters</h4><table><tbody>${rows.join("")}</tbody></table>`;
}

function responseEntry([status, response]: readonly [string, JsonValue]): string {
  return `<dt>${status}</dt><dd>${prose(fields(response)["description"])}${contentList(response)}</dd>`;
}

function contentList(of: JsonValue): string {
  const items = entries(fields(of)["content"]).map(([type, media]) => {
    const { schema } = fields(media);
    const { description } = fields(schema);
    const said = description === undefined ? "" : ` ${inline(text(description))}`;
    return `<li><code>${escaped(type)}</code>: ${schemaText(schema)}${said}</li>`;
  });
  return items.length === 0 ? "" : `<ul>${items.join("")}</ul>`;
}

function schemaArticle(name: string, schema: JsonValue): string {
  const { description, properties, required, type } = fields(schema);
  const needed = list(required ?? []);
  const rows = entries(properties ?? {}).map(([field, value]) => {
    const said = fields(value)["description"];
    const always = needed.includes(field) ? "always" : "";
    return `<tr><th scope="row"><code>${escaped(field)}</code></th><td>${always}</td><td>${schemaText(value)}</td><td>${inline(text(said))}</td></tr>`;
  });
  const shape =
    rows.length === 0
      ? `<p>${schemaText({ ...fields(schema), type: type ?? "any" })}</p>`
      : `<table><tbody>${rows.join("")}</tbody></table>`;
  return `<article id="${anchor(name)}"><h3>${escaped(name)}</h3>${prose(description)}${shape}</article>`;
}

/** A schema in a few words, with links to those that have a name. */
function schemaText(schema: JsonValue | undefined): string {
  const {
    $ref,
    type,
    items,
    anyOf,
    oneOf,
    allOf,
    enum: words,
    additionalProperties,
  } = fields(schema);
  if ($ref !== undefined) {
    const name = text($ref).split("/").at(-1) ?? "";
    return `<a href="#${anchor(name)}">${escaped(name)}</a>`;
  }
  if (allOf !== undefined) return schemaText(list(allOf)[0]);
  const choices = [...list(anyOf ?? []), ...list(oneOf ?? [])];
  if (choices.length > 0) return choices.map(schemaText).join(" or ");
  if (words !== undefined)
    return list(words)
      .map((word) => `<code>${escaped(text(word))}</code>`)
      .join(" ");
  if (items !== undefined) return `list of ${schemaText(items)}`;
  const values = fields(additionalProperties);
  if (Object.keys(values).length > 0) return `map to ${schemaText(values)}`;
  const types = Array.isArray(type) ? type.map(text) : [text(type ?? "any")];
  return escaped(types.join(" or "));
}

/** Paragraphs and lists. */
function prose(value: JsonValue | undefined): string {
  return text(value)
    .split("\n\n")
    .filter((part) => part !== "")
    .map((part) => {
      const lines = part.split("\n");
      return lines.every((line) => line.startsWith("- "))
        ? `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join("")}</ul>`
        : `<p>${inline(part)}</p>`;
    })
    .join("");
}

function inline(said: string): string {
  return escaped(said).replaceAll(/`([^`]+)`/gu, "<code>$1</code>");
}

function anchor(name: string): string {
  return name.replaceAll(/\W+/gu, "-");
}

function escaped(said: string): string {
  return said.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function fields(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function entries(value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return Object.entries(fields(value));
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
