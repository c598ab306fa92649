/** The rules for a pipeline's name, description and tags. */

import {
  emptyName,
  invalidTag,
  nameDoesNotMatchPattern,
  tooLongDescription,
  tooLongName,
  tooManyTags,
} from "../errors/pipeline.ts";

const MAX_NAME_BYTES = 63;
const MAX_DESCRIPTION = 300;
const MAX_TAGS = 50;
const MAX_TAG = 100;
/** Clients write tags as a list with commas, and colours without the hash. */
const NOT_IN_TAGS = /[,#\p{Cc}]/u;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_]*)?[A-Za-z0-9]$/u;

/** Throws unless a pipeline can have this name. */
export function checkName(name: string): void {
  if (name === "") throw emptyName();
  const length = Buffer.byteLength(name);
  if (length > MAX_NAME_BYTES) throw tooLongName(name, length, MAX_NAME_BYTES);
  if (!NAME.test(name)) throw nameDoesNotMatchPattern(name);
}

/** Throws unless a pipeline can have this description. */
export function checkDescription(description: string): void {
  const length = characters(description);
  if (length > MAX_DESCRIPTION) throw tooLongDescription(length, MAX_DESCRIPTION);
}

/** Throws unless a pipeline can have these tags. */
export function checkTags(tags: readonly string[]): void {
  if (tags.length > MAX_TAGS) throw tooManyTags(tags.length, MAX_TAGS);
  for (const tag of tags) {
    if (tag.trim() === "") throw invalidTag(tag, "it is empty");
    if (NOT_IN_TAGS.test(tag)) {
      throw invalidTag(tag, "it has a comma, a hash or a control character");
    }
    if (tag.trim() !== tag) throw invalidTag(tag, "it begins or ends with blanks");
    if (characters(tag) > MAX_TAG) {
      throw invalidTag(tag, `it is longer than ${MAX_TAG} characters`);
    }
  }
}

function characters(text: string): number {
  return Array.from(text).length;
}
