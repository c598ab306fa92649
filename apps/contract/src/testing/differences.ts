/** Where one document falls short of another. */

import { misfits } from "./fits.ts";
import { asObject, type Json } from "./json.ts";
import { type DocumentedOperation, operationsOf } from "./open-api.ts";

/** Both documents; `theirs` is the contract. */
interface Documents {
  readonly ours: Json;
  readonly theirs: Json;
}

/** Every place where a client of the contract could be surprised by ours, each once. */
export function differences(documents: Documents): readonly string[] {
  const ours = operationsOf(documents.ours);
  const found = operationsOf(documents.theirs).flatMap((theirs) => {
    const place = `${theirs.method} ${theirs.path}`;
    const same = ours.find((one) => `${one.method} ${one.path}` === place);
    if (same === undefined) return [`${place}: missing`];
    return [
      ...(same.id === theirs.id ? [] : [`${place}: is called ${same.id}`]),
      ...parameters(theirs, same, documents),
      ...body(theirs, same, documents),
      ...responses(theirs, same, documents),
    ].map((difference) => placed(theirs.id, difference));
  });
  return [...new Set(found)];
}

/** What is about a named schema is the same in every operation. */
function placed(id: string, difference: string): string {
  return /^[A-Z]/u.test(difference) ? difference : `${id} ${difference}`;
}

type Compare = (
  theirs: DocumentedOperation,
  ours: DocumentedOperation,
  documents: Documents,
) => readonly string[];

const parameters: Compare = (theirs, ours, documents) =>
  theirs.parameters.flatMap((parameter) => {
    const place = `?${parameter.name}`;
    const same = ours.parameters.find(
      (one) => one.name === parameter.name && one.in === parameter.in,
    );
    if (same === undefined) return [`${place}: missing`];
    const required = same.required && !parameter.required ? [`${place}: required`] : [];
    const misfitting = accepted(place, parameter.schema, same.schema, documents);
    // A parameter is null by being left out.
    return [...required, ...misfitting.filter((misfit) => !misfit.endsWith(": may be null"))];
  });

const body: Compare = (theirs, ours, documents) => {
  if (theirs.body === undefined) return ours.bodyRequired ? ["body: required"] : [];
  if (ours.body === undefined) return theirs.id === "http_input" ? [] : ["body: missing"];
  return accepted("body", theirs.body, ours.body, documents);
};

const responses: Compare = (theirs, ours, documents) =>
  Object.entries(theirs.responses).flatMap(([status, content]) => {
    const same = ours.responses[status];
    if (same === undefined) return [`${status}: missing`];
    return Object.entries(content).flatMap(([type, media]) => {
      if (same[type] === undefined) return [`${status}: is not ${type}`];
      const narrow = { schema: asObject(same[type])["schema"], document: documents.ours };
      const wide = { schema: asObject(media)["schema"], document: documents.theirs };
      return misfits(status, { narrow, wide, contract: "wide", seen: [] });
    });
  });

/** Whether ours takes everything that a client of the contract may send. */
function accepted(
  place: string,
  theirs: unknown,
  ours: unknown,
  documents: Documents,
): readonly string[] {
  const narrow = { schema: theirs, document: documents.theirs };
  const wide = { schema: ours, document: documents.ours };
  return misfits(place, { narrow, wide, contract: "narrow", seen: [] });
}
