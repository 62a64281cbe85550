import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parsePidFile, putAside, readPidFile } from "../../../src/postgres/embedded/pid-file.ts";

const WHOLE = "4711\n/proc/self/cwd\n1795370000\n5999\n.\n127.0.0.1\n  65024 123\nready   \n";

let data: string;
beforeEach(async () => {
  data = await mkdtemp(`${tmpdir()}/galley-pid-`);
});
afterEach(() => rm(data, { recursive: true, force: true }));

const put = (text: string) => writeFile(`${data}/postmaster.pid`, text);

test("a whole file says pid, port and status", () => {
  expect(parsePidFile(WHOLE, 5)).toEqual({ text: WHOLE, pid: 4711, port: 5999, status: "ready", ageMs: 5 });
});

test("a half-written file says what it says so far", () => {
  expect(parsePidFile("4711\n/data\n", 0)).toEqual({
    text: "4711\n/data\n",
    pid: 4711,
    port: undefined,
    status: "",
    ageMs: 0,
  });
});

test("an empty file and one with rubbish speak of nobody", () => {
  expect(parsePidFile("", 0).pid).toBeUndefined();
  expect(parsePidFile("-1\n", 0).pid).toBeUndefined();
  expect(parsePidFile("pid\n", 0).pid).toBeUndefined();
});

test("no file is no pid file", async () => {
  expect(await readPidFile(data)).toBeUndefined();
});

test("what was judged is put aside, and nothing of it stays", async () => {
  await put(WHOLE);
  const judged = await readPidFile(data);
  await putAside(data, judged ?? expect.fail("no pid file"));
  expect(await readdir(data)).toEqual([]);
});

test("a file that a server wrote after the judgement is given back", async () => {
  const judged = parsePidFile("", 20_000);
  await put(WHOLE);
  await putAside(data, judged);
  expect(await readdir(data)).toEqual(["postmaster.pid"]);
  expect(await readFile(`${data}/postmaster.pid`, "utf8")).toBe(WHOLE);
});

test("putting aside what is gone already is no error", async () => {
  await putAside(data, parsePidFile(WHOLE, 0));
  expect(await readdir(data)).toEqual([]);
});
