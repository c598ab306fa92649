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
const MAX_TAG = 50;
const TAG = /^[a-zA-Z0-9 ._/|\\:=-]+$/u;
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
    if (!TAG.test(tag)) {
      throw invalidTag(
        tag,
        `it may have letters, digits, blanks and . _ / | \\ : = - only (pattern: '${TAG.source}')`,
      );
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
