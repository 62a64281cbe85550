/** What a bare name, `this`, `../name` or `@index` means at a place. */
import { errorOf } from "../domain/diagnostic.ts";
import { suggest } from "../lib/suggest.ts";
import { type Frame, type Names, originOf, type Run, report } from "./run.ts";
import type { Path } from "./syntax.ts";
import { fromData, kindName, OUTSIDE, partValue, plainValue, type Value } from "./value.ts";

/** Names that mean something everywhere without an argument. */
export const FACTS = ["target", "run_started_at", "invocation_id"] as const;

/** The value of a path, or undefined after saying what is wrong with it. */
export const lookUp = (run: Run, frame: Frame, path: Path): Value | undefined => {
  const start = path.isData
    ? dataValue(run, frame, path)
    : path.isScoped
      ? scoped(frame, path)
      : bare(run, frame, path);
  if (start === undefined) return report(run, frame, unknownName(run, frame, path));
  return walk(run, frame, path, start);
};

/** A name found, and how many parts of the path it took. */
type Start = { readonly value: Value; readonly taken: number };

const dataValue = (_run: Run, frame: Frame, path: Path): Start | undefined => {
  const [name] = path.parts;
  if (name === "relation") return { value: relationValue(frame, path), taken: 1 };
  let climb = path.depth;
  for (let level: Names | undefined = frame.names; level !== undefined; level = level.outer) {
    const value = level.data.get(name ?? "");
    if (value !== undefined && climb-- === 0) return { value, taken: 1 };
  }
  return undefined;
};

const scoped = (frame: Frame, path: Path): Start | undefined => {
  let level: Names | undefined = frame.names;
  for (let i = 0; i < path.depth; i++) level = level?.outer;
  if (level === undefined) return undefined;
  const [name] = path.parts;
  if (name === undefined) return { value: level.item ?? relationValue(frame, path), taken: 0 };
  const value = inLevel(level, name);
  return value === undefined ? undefined : { value, taken: 1 };
};

const bare = (run: Run, frame: Frame, path: Path): Start | undefined => {
  const [name = ""] = path.parts;
  for (let level: Names | undefined = frame.names; level !== undefined; level = level.outer) {
    const value = inLevel(level, name);
    if (value !== undefined) return { value, taken: 1 };
  }
  const origin = originOf(path.span, frame);
  if (name === "target") return { value: fromData(run.scope.target, origin, OUTSIDE), taken: 1 };
  const fact = run.scope.runFacts.find((known) => known === name);
  return fact === undefined ? undefined : { value: partValue({ kind: "run-fact", fact, origin }), taken: 1 };
};

const inLevel = ({ values, item }: Names, name: string): Value | undefined =>
  values.get(name) ?? (item?.kind === "mapping" ? item.entries.get(name) : undefined);

const relationValue = (frame: Frame, path: Path): Value =>
  partValue({ kind: "this", origin: originOf(path.span, frame) });

const walk = (run: Run, frame: Frame, path: Path, { value, taken }: Start): Value | undefined => {
  let current = value;
  for (const part of path.parts.slice(taken)) {
    const next = field(current, part);
    if (next === undefined) {
      const known = current.kind === "mapping" ? [...current.entries.keys()] : [];
      const near = suggest(part, known);
      const has = known.length === 0 ? `${kindName(current)} has no fields` : `it has ${known.join(", ")}`;
      return report(
        run,
        frame,
        errorOf("template/unknown-name", `${path.original}: there is no ${part}`, {
          at: path.span,
          help: near === undefined ? has : `did you mean "${near}"?`,
        }),
      );
    }
    current = next;
  }
  return current;
};

const field = (value: Value, name: string): Value | undefined => {
  if (value.kind === "mapping") return value.entries.get(name);
  if (value.kind !== "list") return undefined;
  if (name === "length") return plainValue(value.items.length);
  return /^\d+$/.test(name) ? value.items[Number(name)] : undefined;
};

const unknownName = (run: Run, frame: Frame, path: Path) => {
  const [name = path.original] = path.parts;
  const at = path.span;
  const message = `${path.original} means nothing here`;
  if (path.isData) {
    const help = "@index, @first, @last and @key stand inside #each; @relation is the node's own relation";
    return errorOf("template/unknown-name", message, { at, help });
  }
  const known = visibleNames(frame.names);
  const near = suggest(name, [...known, ...FACTS, "this"]);
  if (near !== undefined) return errorOf("template/unknown-name", message, { at, help: `did you mean "${near}"?` });
  if (run.scope.vars.has(name))
    return errorOf("template/unknown-name", message, { at, help: `a var is read with {{var "${name}"}}` });
  if (run.scope.macros.has(name))
    return errorOf("template/unknown-name", message, { at, help: `a macro is called with {{> ${name}}}` });
  const help =
    known.length > 0
      ? `known here: ${known.join(", ")}`
      : `a var is read with {{var "${name}"}}, a model with {{ref "${name}"}}`;
  return errorOf("template/unknown-name", message, { at, help });
};

const visibleNames = (names: Names): readonly string[] => {
  const known = [...names.values.keys(), ...(names.item?.kind === "mapping" ? names.item.entries.keys() : [])];
  return names.outer === undefined ? known : [...known, ...visibleNames(names.outer)];
};
