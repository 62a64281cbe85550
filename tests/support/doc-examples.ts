/**
 * The examples of a page that are run, in the order in which they stand: a fenced block whose info string names a file
 * (```sql models/a.sql) is that file, one that says `run` (```sh run) holds commands, one a line; `# exit 1` after a
 * command is the exit code that it must have, 0 otherwise. Each line of a block that says `output` (```text output) must
 * come from one of the page's commands, but for times and the count of nodes. Other blocks are for reading only.
 */
import { spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { buildCli } from "./built-cli.ts";

export type Step =
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "command"; readonly command: string; readonly exit: number }
  | { readonly kind: "output"; readonly lines: readonly string[] };

const FENCE = /^```(?<language>\w+) (?<what>\S+)\n(?<body>[\s\S]*?)^```$/gm;

export const stepsOf = (page: string): readonly Step[] =>
  [...page.matchAll(FENCE)].flatMap(({ groups }): readonly Step[] => {
    const { what = "", body = "" } = groups ?? {};
    const lines = body.trim().split("\n");
    if (what === "run") return lines.map(commandOf);
    return what === "output" ? [{ kind: "output", lines }] : [{ kind: "file", path: what, text: body }];
  });

const commandOf = (line: string): Step => {
  const exit = /#\s*exit (\d+)\s*$/.exec(line)?.[1];
  return { kind: "command", command: line, exit: Number(exit ?? 0) };
};

/** Does what a reader would do, in a folder; commands must end and say what the page shows. The output of each, in order. */
export const follow = async (
  steps: readonly Step[],
  root: string,
  shims: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> => {
  await makeShim(shims);
  const outputs: string[] = [];
  for (const step of steps) {
    if (step.kind === "file") {
      await mkdir(dirname(join(root, step.path)), { recursive: true });
      await writeFile(join(root, step.path), step.text);
    } else if (step.kind === "command") {
      const { output, code } = await runInShell(step.command, root, shims, env);
      expect(code, `${step.command}\n${output}`).toBe(step.exit);
      outputs.push(output);
    }
  }
  const said = new Set(outputs.flatMap((output) => output.split("\n").map(timeless)));
  const shown = steps.flatMap((step) => (step.kind === "output" ? step.lines : []));
  const invented = shown.filter((line) => !line.startsWith("$ ") && !said.has(timeless(line)));
  expect(invented, "lines that the page shows and no command says").toEqual([]);
  return outputs;
};

/** A line without what differs from run to run. */
const timeless = (line: string): string =>
  line
    .replace(/^ *\d+ of \d+ /, "")
    .replace(/ · waited .*$/, "")
    .replace(/\b\d+(\.\d+)? (s|ms)\b/g, "…")
    .replace(/ +/g, " ")
    .trim();

/**
 * `npx galley` in front of the one that the reader has installed: the same words run the sources under test. And a
 * `gzip -c file`, as Galley's own needs end at Node and git.
 */
const makeShim = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const node = `exec "${process.execPath}"`;
  const zip = "process.stdout.write(require('zlib').gzipSync(require('fs').readFileSync(process.argv[1])))";
  const shims = {
    npx: `[ "$1" = galley ] || exit 99\nshift\n${node} "${await buildCli()}" "$@"`,
    // What is installed is what is under test.
    npm: `[ "$1" = ci ] || exit 99`,
    gzip: `[ "$1" = -c ] || exit 99\n${node} -e "${zip}" "$2"`,
  };
  for (const [name, script] of Object.entries(shims)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
};

const runInShell = async (command: string, cwd: string, shims: string, env: Readonly<Record<string, string>>) => {
  const path = `${shims}:${process.env["PATH"] ?? ""}`;
  const child = spawn("sh", ["-c", command], {
    cwd,
    env: { PATH: path, HOME: cwd, LANG: "C.UTF-8", TMPDIR: tmpdir(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve(code ?? 130));
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { output: `${stdout}\n${stderr}`, code };
};
