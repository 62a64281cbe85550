import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ensureExtensions, startEmbedded } from "../../../src/postgres/embedded/start.ts";
import {
  isRoot,
  makeFolder,
  openSession,
  pidIn,
  query,
  refusalOf,
  shareProject,
  spawnStart,
  start,
  startElsewhere,
  stop,
  tryStart,
  watchProject,
} from "../../support/embedded.ts";

const shared = shareProject();

const makeProject = async (): Promise<string> => {
  const root = watchProject(`${await makeFolder()}/project`);
  await mkdir(root);
  return root;
};

const pidFile = (root: string): string => `${root}/.galley/data/postmaster.pid`;

test("the first start makes a server that the second one finds", async () => {
  const root = await makeProject();
  const first = await start(root);
  const second = await start(root);
  expect(first.server).toMatchObject({ isFirstStart: true, wasRunning: false, user: "galley", database: "galley" });
  expect(second.server).toMatchObject({ isFirstStart: false, wasRunning: true, pid: first.server.pid });
  expect([...first.notes, ...second.notes]).toEqual([]);
});

test("builds get a role that owns its database and is no superuser, on a server with its settings", async () => {
  const { server } = await start(shared());
  expect(
    await query(
      server.url,
      `select rolsuper, rolcreatedb, rolcreaterole, pg_get_userbyid(datdba) as owner,
              current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits,
              current_setting('TimeZone') as zone, current_setting('listen_addresses') as listens
       from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    ),
  ).toEqual([
    {
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      owner: "galley",
      fsync: "on",
      commits: "off",
      zone: "UTC",
      listens: "127.0.0.1",
    },
  ]);
});

test("nothing of it is open to others", async () => {
  const root = shared();
  await start(root);
  const modes = await Promise.all(
    [".galley", ".galley/data", ".galley/data/galley.password", ".galley/data/galley.admin", ".galley/server.log"].map(
      async (path) => [path, (await stat(`${root}/${path}`)).mode & 0o777],
    ),
  );
  expect(Object.fromEntries(modes)).toEqual({
    ".galley": 0o700,
    ".galley/data": 0o700,
    ".galley/data/galley.password": 0o600,
    ".galley/data/galley.admin": 0o600,
    ".galley/server.log": 0o600,
  });
  expect(await readFile(`${root}/.galley/.gitignore`, "utf8")).toBe("*\n");
});

test("the server is reached through the open folder, and asks for the password", async () => {
  const root = shared();
  const outcome = await startEmbedded({ projectRoot: root, report: () => undefined });
  const server = outcome.ok ? outcome.value : expect.fail("no server");
  const { host, port, user, database } = server;
  const there = encodeURIComponent(host);
  const url = (password: string) => `postgresql://${user}:${password}@${there}:${port}/${database}`;
  expect(await query(url(server.password), "select 1 as one")).toEqual([{ one: 1 }]);
  await expect(query(url("wrong"), "select 1")).rejects.toMatchObject({ code: "28P01" });
  await server.close();
});

test("six starts at once, with nothing there yet, make one server", async () => {
  const root = await makeProject();
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => tryStart(root)));
  const servers = outcomes.map(({ outcome }) => (outcome.ok ? outcome.value : refusalOf(outcome).message));
  expect(new Set(servers.map((s) => (typeof s === "string" ? s : s.pid))).size).toBe(1);
  expect(servers.filter((s) => typeof s !== "string" && s.isFirstStart)).toHaveLength(1);
  expect((await readdir(`${root}/.galley`)).sort()).toEqual([".gitignore", "data", "server.log"]);
});

test("starts at once by several processes find each other's server", async () => {
  const root = shared();
  await start(root);
  await stop(root, "keep");
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => startElsewhere(root, undefined)));
  expect(new Set(outcomes.map((o) => (o.ok ? o.value.pid : refusalOf(o).message)))).toEqual(
    new Set([await pidIn(root)]),
  );
});

test("a start whose output is a pipe lets the pipe end, and the server goes on", async () => {
  const root = shared();
  const child = await spawnStart(root, undefined);
  const ends = [child.stdout, child.stderr].map((stream) =>
    stream === null ? undefined : once(stream.resume(), "end"),
  );
  await Promise.all(ends);
  expect((await start(root)).server.wasRunning).toBe(true);
});

test("after kill -9 of the server, with a session at work, committed rows are there again", async () => {
  const root = shared();
  const before = await start(root);
  await query(before.server.url, "set synchronous_commit = on; create table public.t as select 1 as a");
  const session = await openSession(before.server.url);
  const work = session.query("select count(*) from generate_series(1, 1000000000)").catch(() => "lost");
  process.kill(before.server.pid, "SIGKILL");
  const after = await start(root);
  expect(after.server).toMatchObject({ isFirstStart: false, wasRunning: false });
  expect(after.notes).toContain("the server was killed before; it is recovering, and what was committed is safe");
  expect(after.notes).toContain("ended 1 process that a killed server had left");
  expect(await query(after.server.url, "select a from public.t")).toEqual([{ a: 1 }]);
  expect(await work).toBe("lost");
});

test("the pid file of a process that is gone stands in nobody's way", async () => {
  const root = shared();
  await start(root);
  await stop(root, "keep");
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  await writeFile(pidFile(root), `${child.pid}\n/proc/self/cwd\n1\n1\n.\n127.0.0.1\n1 1\nready\n`);
  expect((await start(root)).server.wasRunning).toBe(false);
});

test("the pid file of a living stranger is put aside, and the stranger left alone", async () => {
  const root = shared();
  await start(root);
  await stop(root, "keep");
  const { uid, gid } = await stat(`${root}/.galley/data`);
  const child = spawn("/bin/sleep", ["1000"], isRoot ? { uid, gid } : {});
  await once(child, "spawn");
  await writeFile(pidFile(root), `${child.pid}\n/proc/self/cwd\n1\n1\n.\n127.0.0.1\n1 1\nready\n`);
  const { server, notes } = await start(root);
  expect(server.wasRunning).toBe(false);
  expect(notes).toEqual([`put aside the pid file of process ${child.pid}, which is no server of these data`]);
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
});

test("an empty pid file of long ago is put aside", async () => {
  const root = shared();
  await start(root);
  await stop(root, "keep");
  await writeFile(pidFile(root), "");
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(pidFile(root), longAgo, longAgo);
  expect((await start(root)).notes).toEqual(["put aside an empty pid file"]);
});

test("a password file that was changed is brought back into line by the superuser", async () => {
  const root = shared();
  await start(root);
  await writeFile(`${root}/.galley/data/galley.password`, "another");
  const { server } = await start(root);
  expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("with both password files lost there is no way in, and a way forward", async () => {
  const root = shared();
  await start(root);
  const admin = await readFile(`${root}/.galley/data/galley.admin`, "utf8");
  await writeFile(`${root}/.galley/data/galley.password`, "a third");
  await writeFile(`${root}/.galley/data/galley.admin`, "another");
  const { outcome } = await tryStart(root);
  await writeFile(`${root}/.galley/data/galley.admin`, admin);
  expect(refusalOf(outcome)).toMatchObject({
    code: "embedded/wrong-password",
    help: "`galley db reset` starts anew and keeps the old data",
  });
});

test("with all slots taken, the message says by whom", async () => {
  const root = shared();
  const { server } = await start(root);
  const url = `${server.url}?application_name=greedy`;
  await Promise.all(Array.from({ length: 47 }, () => openSession(url)));
  const { outcome } = await tryStart(root);
  expect(refusalOf(outcome)).toMatchObject({
    code: "embedded/no-free-slot",
    message: "all connections of the embedded server are in use, by greedy (47)",
  });
});

test("extensions are made by the superuser, and an unknown one is named with its neighbour", async () => {
  const outcome = await startEmbedded({ projectRoot: shared(), report: () => undefined });
  const server = outcome.ok ? outcome.value : expect.fail("no server");
  expect(await ensureExtensions(server, ["pg_stat_statements", "citext"])).toMatchObject({ ok: true });
  expect(await ensureExtensions(server, ["citext"])).toMatchObject({ ok: true });
  expect(await query(server.url, "select extname from pg_extension where extname <> 'plpgsql' order by 1")).toEqual([
    { extname: "citext" },
    { extname: "pg_stat_statements" },
  ]);
  const refusal = refusalOf(await ensureExtensions(server, ["citxt"]));
  expect([refusal.code, refusal.help]).toEqual(["embedded/unknown-extension", 'did you mean "citext"?']);
  await server.close();
});
