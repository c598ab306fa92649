export { queryJsonRow } from "./json-lines.ts";
export { QUERY_RENDERERS, type QueryRenderer, type QueryRenderers } from "./renderers.ts";
