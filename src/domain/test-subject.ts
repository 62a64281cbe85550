/** What is known of a data test besides its SQL, for whoever shows or stores its failing rows. */
import type { FailuresConfig } from "./config.ts";
import { isTest, keyOf, type Manifest, type Node } from "./manifest.ts";
import type { NodeId } from "./names.ts";
import { isPastTest, unknownName } from "./past-proof.ts";
import { personalColumns } from "./personal.ts";
import type { PlainValue } from "./tree.ts";

export type TestSubject = {
  /** The columns that tell the judged rows apart. */
  readonly key: readonly string[];
  /** Columns whose values are neither shown nor stored (`meta.pii: true`) in any relation that the test reads. */
  readonly personal: ReadonlySet<string>;
  /** Whom to ask: `meta.owner` of the test, else of the node that it judges. */
  readonly owner: string | undefined;
  readonly failures: FailuresConfig;
};

/** Of a violated constraint there is no test in the manifest: then the node tells. */
export type SubjectOf = (test: NodeId, judged: NodeId | undefined) => TestSubject;

/** `none`: what `--no-rows` asks for. */
export type RowsWanted = "as configured" | "none";

export const subjectsIn = (manifest: Manifest, rows: RowsWanted): SubjectOf => {
  const personal = new Map<NodeId, ReadonlySet<string>>();
  const personalOf = (id: NodeId): ReadonlySet<string> => {
    const known = personal.get(id) ?? personalColumns(manifest.nodes.get(id));
    personal.set(id, known);
    return known;
  };
  // Most tests read what they judge and nothing else.
  const personalAmong = (judged: NodeId | undefined, parents: readonly NodeId[]): ReadonlySet<string> =>
    judged !== undefined && parents.every((id) => id === judged)
      ? personalOf(judged)
      : union([...(judged === undefined ? [] : [judged]), ...parents].map(personalOf));
  return (test, judged) => {
    const node = manifest.nodes.get(test);
    const of = judged === undefined ? undefined : manifest.nodes.get(judged);
    const failures = node?.kind === "data-test" ? node.config.failures : manifest.failures;
    return {
      key: keyOf(of),
      personal: ofTest(node, personalAmong(judged, manifest.parents.get(test) ?? [])),
      owner: ownerIn(isTest(node) ? node.config.meta : {}) ?? ownerIn(metaOf(of)),
      failures: rows === "none" ? { ...failures, show: 0, store: 0 } : failures,
    };
  };
};

/** A test of the past shows each value twice. */
const ofTest = (node: Node | undefined, personal: ReadonlySet<string>): ReadonlySet<string> =>
  personal.size > 0 && isPastTest(node)
    ? new Set([...personal].flatMap((name) => [name, unknownName(name)]))
    : personal;

/** Most relations have no personal column. */
const union = (sets: readonly ReadonlySet<string>[]): ReadonlySet<string> => {
  const [first, ...others] = sets.filter((set) => set.size > 0);
  return others.length === 0 ? (first ?? NONE) : new Set([first, ...others].flatMap((set) => [...(set ?? [])]));
};

const NONE: ReadonlySet<string> = new Set();

type Meta = { readonly [key: string]: PlainValue };

const metaOf = (node: Node | undefined): Meta => node?.config.meta ?? {};

/** `owner: ana`, or dbt's `owner: { name: Ana, email: ana@example.com }`. */
const ownerIn = ({ owner }: Meta): string | undefined => {
  if (typeof owner === "string" && owner !== "") return owner;
  if (typeof owner !== "object" || owner === null || Array.isArray(owner)) return undefined;
  const { name, email } = owner as Meta;
  const said = [name, email].filter((part) => typeof part === "string" && part !== "");
  return said.length === 0 ? undefined : said.join(", ");
};
