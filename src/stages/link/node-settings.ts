/** From `settings:` of config to settings of the server for a node; what a run itself relies on is refused, with the reason. */
import type { NodeSetting } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { TreeEntry } from "../../domain/tree.ts";
import { locatedText } from "../../domain/tree-read.ts";

export const readSettings = (written: ReadonlyMap<string, TreeEntry>, found: Diagnostic[]): readonly NodeSetting[] =>
  [...written].flatMap(([name, { key, value }]): readonly NodeSetting[] => {
    const text = locatedText(value);
    if (text === undefined) {
      // A name with nothing behind it takes back what a folder said.
      if (value.kind === "scalar") return [];
      const message = `the setting \`${key.value}\` takes one value, not a ${value.kind}`;
      found.push(
        errorOf("link/bad-setting", message, { at: value.span, help: 'write it as text: "256MB", "30s", on' }),
      );
      return [];
    }
    const reason = NAME.test(name) ? reasonAgainst(name) : "it is no name of a setting";
    if (reason === undefined) return [{ name, value: text.value, span: text.span }];
    const message = `\`${key.value}\` cannot be set for a node: ${reason}`;
    found.push(errorOf("link/bad-setting", message, { at: key.span, help: HELP[name] }));
    return [];
  });

const NAME = /^[a-z_][a-z0-9_$]*(?:\.[a-z_][a-z0-9_$]*)*$/;

const reasonAgainst = (name: string): string | undefined => REFUSED.find(([pattern]) => pattern.test(name))?.[1];

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^search_path$/, "names in model SQL must mean the same in every run"],
  [/^(?:role|session_authorization)$/, "what a run makes must belong to the role of its target"],
  [
    /^client_connection_check_interval$/,
    "it keeps the query of a killed run from writing into the next one's workspace",
  ],
  [/^(?:default_)?transaction_/, "each step has the transaction that its records and retries rely on"],
  [/^idle_/, "the sessions of a run wait for each other"],
  [/^application_name$/, "the next run finds the sessions of a dead one by it"],
  [/^session_replication_role$/, "constraints would stand over rows that were never checked"],
  [
    /^(?:client_encoding|standard_conforming_strings|backslash_quote)$/,
    "the SQL that is sent would mean something else",
  ],
];

const HELP: Readonly<Record<string, string>> = {
  search_path: "write {{ref …}} or {{source …}}; schemas of extensions go into the target's `search_path`",
  role: "the target has a `role`; rights go under `grants`",
};
