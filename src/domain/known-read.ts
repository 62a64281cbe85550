/** From the pair of keys `…_at` and `…_after` to when something is known. Their types were checked before. */
import type { Known, Moment } from "./availability.ts";
import { type Diagnostic, errorOf } from "./diagnostic.ts";
import type { Located } from "./source.ts";
import type { Tree } from "./tree.ts";
import { locatedText, valueAt } from "./tree-read.ts";

/** Undefined: nothing is said, or it was said what is wrong. */
export const knownIn = (config: Tree, key: string, found: Diagnostic[]): Known | undefined =>
  readKnown(key, (name) => valueAt(config, name), found);

export const readKnown = (
  key: string,
  written: (name: string) => Tree | undefined,
  found: Diagnostic[],
): Known | undefined => {
  const at = locatedText(written(`${key}_at`));
  const after = locatedText(written(`${key}_after`));
  if (at !== undefined && after !== undefined) {
    const message = `\`${key}_at\` and \`${key}_after\` exclude each other`;
    const help = "keep `…_at` for what is known at that very time, `…_after` for what is known only later";
    found.push(errorOf("config/bad-known", message, { at: after.span, help }));
    return undefined;
  }
  if (after?.value === "always") {
    const help = `write \`${key}_at: always\``;
    found.push(errorOf("config/bad-known", "nothing is known after `always`", { at: after.span, help }));
    return undefined;
  }
  if (at !== undefined) return { when: "at", moment: momentOf(at), span: at.span };
  return after && { when: "after", moment: momentOf(after), span: after.span };
};

const momentOf = (text: Located<string>): Moment => {
  if (text.value === "always") return { kind: "always" };
  return text.value === "event_time" ? { kind: "event time" } : { kind: "expression", text };
};
