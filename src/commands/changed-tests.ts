/** `--changed-since`: which tests stand on files that differ from those of a revision, as git tells. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Diagnostic, errorOf, type Outcome, ok } from "../domain/diagnostic.ts";
import { isTest, type Manifest, type Node } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import type { Origin } from "../domain/source.ts";

const run = promisify(execFile);

/** Tests that changed, and tests that touch a node which did. Undefined: all of them, since `project.yml` changed. */
export const testsChangedSince = async (
  revision: string,
  root: string,
  manifest: Manifest,
): Promise<Outcome<ReadonlySet<NodeId> | undefined>> => {
  const files = await changedFiles(revision, root);
  if (!files.ok) return files;
  if (files.value.has("project.yml")) return ok(undefined);
  const changed = new Set([...manifest.nodes.values()].filter((n) => isMadeOf(n, files.value)).map((n) => n.id));
  const touched = [...manifest.nodes.values()].flatMap((node) =>
    isTest(node) && [node.id, ...(manifest.parents.get(node.id) ?? [])].some((id) => changed.has(id)) ? [node.id] : [],
  );
  return ok(new Set(touched));
};

/** Relative to the project; what git does not know yet has changed too. */
const changedFiles = async (revision: string, root: string): Promise<Outcome<ReadonlySet<string>>> => {
  const git = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await run("git", ["-C", root, ...words], { maxBuffer: 2 ** 28 })).stdout.split("\0").filter((name) => name !== "");
  try {
    const differing = await git("diff", "--name-only", "--relative", "-z", "--end-of-options", revision, "--");
    const unknown = await git("ls-files", "--others", "--exclude-standard", "-z");
    return ok(new Set([...differing, ...unknown]));
  } catch (error) {
    return { ok: false, diagnostics: [notTold(revision, error)] };
  }
};

const notTold = (revision: string, error: unknown): Diagnostic => {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n")[0] : "";
  return errorOf("select/unknown-revision", `git cannot say what has changed since \`${revision}\``, {
    notes: said === undefined || said === "" ? [] : [{ message: said, at: undefined }],
    help: "name a commit, branch or tag of the project's repository; in a shallow clone fetch it first",
  });
};

/** Its own file, or a macro that its text came through. */
const isMadeOf = (node: Node, files: ReadonlySet<string>): boolean => {
  if (files.has(node.path) || (node.kind === "unit-test" && node.files.some((path) => files.has(path)))) return true;
  return bodiesOf(node).some(({ pieces }) =>
    pieces.some(({ origin }) => pathsOf(origin).some((path) => files.has(path))),
  );
};

const bodiesOf = (node: Node) => {
  if (node.kind === "model") return node.laterBody === undefined ? [node.body] : [node.body, node.laterBody];
  if (node.kind === "snapshot") return [node.body];
  if (node.kind === "unit-test") return [node.subject.body];
  return node.kind === "data-test" && node.test.kind === "query" ? [node.test.body] : [];
};

const pathsOf = ({ span, calledFrom }: Origin): readonly string[] => [span, ...calledFrom].map((s) => s.file.path);
