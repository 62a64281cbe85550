import { execFileSync } from "node:child_process";
import { chmod, chown, cp, mkdir, readdir, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { dbList, dbReset } from "../../../src/commands/db.ts";
import {
  isRoot,
  makeFolder,
  openSession,
  pidIn,
  query,
  refusalOf,
  start,
  startElsewhere,
  stop,
  tryStart,
  watchProject,
} from "../../support/embedded.ts";

const NOBODY = { uid: 65_534, gid: 65_534 };
const TODAY = new Date("2026-01-02T03:04:05Z");

const projectIn = async (folder: string, name = "project"): Promise<string> => {
  const root = watchProject(`${folder}/${name}`);
  await mkdir(root);
  return root;
};

const reset = (root: string) => dbReset({ projectRoot: root, others: "keep", report: () => undefined }, TODAY);

/** With owners and times, as a backup is made. */
const copy = (from: string, to: string) => execFileSync("cp", ["-a", from, to]);

test("a copy made while the server runs is refused; a reset gives it data of its own and leaves the original alone", async () => {
  const folder = await makeFolder();
  const original = await projectIn(folder, "original");
  const { server } = await start(original);
  const twin = watchProject(`${folder}/twin`);
  copy(original, twin);
  expect(refusalOf((await tryStart(twin)).outcome)).toMatchObject({
    code: "embedded/copied-while-running",
    message: `${twin}/.galley was copied while its server ran in ${original}`,
  });
  expect(refusalOf(await stop(twin, "end")).code).toBe("embedded/copied-while-running");
  expect(await reset(twin)).toMatchObject({
    ok: true,
    value: { keptAs: `${twin}/.galley/data-broken-2026-01-02` },
  });
  expect((await start(twin)).server).toMatchObject({ isFirstStart: true });
  expect((await start(original)).server).toMatchObject({ pid: server.pid, wasRunning: true });
});

test("a project copied when its server was stopped has a server of its own", async () => {
  const folder = await makeFolder();
  const original = await projectIn(folder, "original");
  await query((await start(original)).server.url, "create table public.t as select 1 as a");
  await stop(original, "keep");
  const twin = watchProject(`${folder}/twin`);
  copy(original, twin);
  const [one, other] = [await start(original), await start(twin)];
  expect(other.server.pid).not.toBe(one.server.pid);
  expect(await query(other.server.url, "select a from public.t")).toEqual([{ a: 1 }]);
});

test("after .galley was deleted under a running server, a new one starts, and the old one counts as deserted", async () => {
  const root = await projectIn(await makeFolder());
  const before = await start(root);
  await rm(`${root}/.galley`, { recursive: true });
  const after = await start(root);
  expect(after.server).toMatchObject({ isFirstStart: true });
  expect(after.server.pid).not.toBe(before.server.pid);
  const listed = await dbList();
  const ours = (listed.ok ? listed.value : []).filter((s) => s.projectRoot === root);
  expect(ours.find((s) => s.pid === after.server.pid)).toMatchObject({ isDeserted: false, port: after.server.port });
  expect(ours.filter((s) => s.pid !== after.server.pid).every((s) => s.isDeserted)).toBe(true);
  process.kill(before.server.pid, "SIGQUIT");
});

test("data of another major version are refused, and kept by a reset", async () => {
  const root = await projectIn(await makeFolder());
  await mkdir(`${root}/.galley/data`, { recursive: true, mode: 0o700 });
  await writeFile(`${root}/.galley/data/PG_VERSION`, "17\n");
  expect(refusalOf((await tryStart(root)).outcome)).toMatchObject({
    code: "embedded/other-major",
    message: `${root}/.galley/data was made by PostgreSQL 17, and 18 is installed`,
  });
  expect(await reset(root)).toMatchObject({ ok: true, value: { keptAs: `${root}/.galley/data-17` } });
  expect(await readFile(`${root}/.galley/data-17/PG_VERSION`, "utf8")).toBe("17\n");
  expect(await reset(root)).toMatchObject({ ok: true, value: { keptAs: undefined } });
});

test("damaged data are named as such, and a reset keeps each of them", async () => {
  const root = await projectIn(await makeFolder());
  await start(root);
  await stop(root, "keep");
  await unlink(`${root}/.galley/data/global/pg_control`);
  await mkdir(`${root}/.galley/data-broken-2026-01-02`);
  expect(refusalOf((await tryStart(root)).outcome).code).toBe("embedded/damaged-data");
  expect(await reset(root)).toMatchObject({
    ok: true,
    value: { keptAs: `${root}/.galley/data-broken-2026-01-02-2` },
  });
});

test("a long path with spaces, quotes and other letters is no matter", async () => {
  const folder = await makeFolder();
  await mkdir(`${folder}/${"deep ".repeat(20)}`);
  const root = await projectIn(folder, `${"deep ".repeat(20)}/l'été "à la mer" \\ 🏀`);
  const { server } = await start(root);
  expect(await query(server.url, "select current_setting('galley.project') as at")).toEqual([{ at: root }]);
  const listed = await dbList();
  expect((listed.ok ? listed.value : []).map((s) => s.projectRoot)).toContain(root);
});

test("a stop is refused while somebody else is connected, and forced when asked", async () => {
  const root = await projectIn(await makeFolder());
  const { server } = await start(root);
  await openSession(server.url);
  expect(refusalOf(await stop(root, "keep"))).toMatchObject({
    code: "embedded/sessions-running",
    message: `1 other sessions use the server of ${root}`,
  });
  expect(refusalOf(await reset(root)).code).toBe("embedded/sessions-running");
  expect(await stop(root, "end")).toMatchObject({ ok: true, value: { wasRunning: true } });
  expect(await stop(root, "keep")).toMatchObject({ ok: true, value: { wasRunning: false } });
});

describe.skipIf(!isRoot)("as root", () => {
  test("below a folder that is closed to everybody else, the server runs as nobody", async () => {
    const folder = await makeFolder();
    await chmod(folder, 0o700);
    const root = await projectIn(folder);
    const { server } = await start(root);
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect((await stat(`${root}/.galley/data`)).uid).toBe(NOBODY.uid);
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(NOBODY.uid);
  });

  test("the owner of the project gets the data, even one without an account", async () => {
    const root = await projectIn(await makeFolder());
    await chown(root, 54_321, 54_321);
    await start(root);
    expect((await stat(`${root}/.galley`)).uid).toBe(54_321);
    expect((await stat(`${root}/.galley/data/base`)).uid).toBe(54_321);
    const theirs = await startElsewhere(root, { uid: 54_321, gid: 54_321 });
    expect(theirs).toMatchObject({ ok: true, value: { wasRunning: true } });
  });

  test("a uid without an account cannot make data itself", async () => {
    const root = await projectIn(await makeFolder());
    await chown(root, 54_321, 54_321);
    expect(refusalOf(await startElsewhere(root, { uid: 54_321, gid: 54_321 }))).toMatchObject({
      code: "embedded/no-account",
      message: "uid 54321 has no account here, and PostgreSQL's initdb asks for one",
    });
  });

  test("an ordinary user runs a server, which root shares and a third may not", async () => {
    const root = await projectIn(await makeFolder());
    await chown(root, NOBODY.uid, NOBODY.gid);
    const theirs = await startElsewhere(root, NOBODY);
    expect(theirs).toMatchObject({ ok: true, value: { isFirstStart: true } });
    expect((await start(root)).server.pid).toBe(await pidIn(root));
    const refusal = refusalOf(await startElsewhere(root, { uid: 1, gid: 1 }));
    expect(refusal.code).toBe("embedded/folder-of-another-user");
    expect(refusal.message).toContain(`${root}/.galley belongs to nobody`);
  });

  test("a folder that an ordinary user may not write is named", async () => {
    const root = await projectIn(await makeFolder());
    expect(refusalOf(await startElsewhere(root, NOBODY))).toMatchObject({
      code: "embedded/read-only",
      message: `${root}/.galley cannot be written or read (EACCES on mkdir)`,
    });
  });

  test("a copy that became root's is given back to its account", async () => {
    const folder = await makeFolder();
    const original = await projectIn(folder, "original");
    await start(original);
    await stop(original, "keep");
    const twin = watchProject(`${folder}/twin`);
    await cp(original, twin, { recursive: true });
    await chmod(`${twin}/.galley/data`, 0o755);
    expect((await start(twin)).server.isFirstStart).toBe(false);
  });
});

/** What needs mounts, namespaces or dropped capabilities, which a container may not have. */
const can = (program: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

const hasNamespaces = isRoot && can("unshare", "--pid", "--fork", "--mount-proc", "--net", "--ipc", "true");

describe.skipIf(!hasNamespaces)("from another container", () => {
  const inContainer = ["unshare", "--pid", "--fork", "--mount-proc", "--net", "--ipc"];

  test("the server is shared, and no second one starts on the same data", async () => {
    const root = await projectIn(await makeFolder());
    const { server } = await start(root);
    expect(await startElsewhere(root, undefined, inContainer)).toMatchObject({
      ok: true,
      value: { pid: server.pid, wasRunning: true },
    });
  });

  test("a full disk is named with what is free", async () => {
    const root = await projectIn(await makeFolder());
    const mounted = [...inContainer, "sh", "-c", `mount -t tmpfs -o size=50m tmpfs '${root}' && exec "$@"`, "sh"];
    const refusal = refusalOf(await startElsewhere(root, undefined, mounted));
    expect([refusal.code, refusal.message]).toEqual([
      "embedded/disk-full",
      expect.stringMatching(/no space left for .*\.galley \(\d+ MB free\)/),
    ]);
  });

  test("a read-only mount is named", async () => {
    const root = await projectIn(await makeFolder());
    const mounted = [...inContainer, "sh", "-c", `mount -t tmpfs -o ro tmpfs '${root}' && exec "$@"`, "sh"];
    expect(refusalOf(await startElsewhere(root, undefined, mounted))).toMatchObject({
      code: "embedded/read-only",
      message: `${root}/.galley is on a read-only filesystem`,
    });
  });
});

const hasCapsh = isRoot && can("capsh", "--drop=cap_setuid", "--", "-c", "true");

describe.skipIf(!hasCapsh)("as a root that may not do all", () => {
  test.each(["cap_setuid,cap_setgid", "cap_chown"])(
    "without %s, the message says so and nothing is left behind",
    async (lost) => {
      const root = await projectIn(await makeFolder());
      const wrapper = ["capsh", `--drop=${lost}`, "--", "-c", 'exec "$@"', "sh"];
      expect(refusalOf(await startElsewhere(root, undefined, wrapper)).code).toBe("embedded/cannot-change-user");
      expect(await readdir(root)).toEqual([]);
    },
  );
});
