/** Whether an edited program still has every output that may lack changes. */

import { type ParsedProgram, parseProgram, type Program } from "@tidemark/program";

/**
 * Whether a program differs from the one before in its connectors alone, and has each output that
 * this one had: only then can what outputs still lack be delivered as it was computed.
 */
export function keepsOutputs(before: string, after: string): boolean {
  const [old, edited] = [parsed(parseProgram(before)), parsed(parseProgram(after))];
  if (old === undefined || edited === undefined) return false;
  const kept = new Set(outputsOf(edited));
  return relationsOf(old) === relationsOf(edited) && outputsOf(old).every((one) => kept.has(one));
}

function parsed(program: ParsedProgram): Program | undefined {
  return program.kind === "program" ? program.program : undefined;
}

function outputsOf({ views }: Program): readonly string[] {
  return views.flatMap(({ id, connectors }) =>
    connectors.map(({ name, transport }) => JSON.stringify([id.name, name, transport.name])),
  );
}

/** Where a relation stands, and what its connectors are, is no part of what it holds. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "span",
  "connectors",
  "properties",
  "propertyPositions",
]);

function relationsOf(program: Program): string {
  return JSON.stringify(program, (key, value: unknown) => (LEFT_OUT.has(key) ? undefined : value));
}
