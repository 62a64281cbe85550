/** The PostgreSQL that integration tests run on: a given one, a container, or the embedded one, in that order. */
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { ADMIN } from "../../src/postgres/embedded/init.ts";
import { layoutOf } from "../../src/postgres/embedded/layout.ts";
import { type ServerSettings, THROWAWAY_SETTINGS } from "../../src/postgres/embedded/settings.ts";
import { startWith } from "../../src/postgres/embedded/start.ts";
import { tieToThisProcess } from "./lifeline.ts";

export type TestServer = {
  /** For people: where it came from. */
  readonly origin: string;
  /** Of a role that may create roles and databases; a superuser but for a given server that has none. */
  readonly adminUrl: string;
  readonly close: () => Promise<void>;
};

const IMAGE = "postgres:17-alpine";

export const findTestServer = async (env: NodeJS.ProcessEnv): Promise<TestServer> => {
  const given = env["GALLEY_TEST_DATABASE_URL"];
  if (given !== undefined && given !== "") {
    return { origin: "the server of GALLEY_TEST_DATABASE_URL", adminUrl: given, close: async () => undefined };
  }
  const container = await startContainer();
  return typeof container === "string" ? startEmbeddedServer(container) : container;
};

/** The reason as text when there is none. An image that is not there is fetched by the start. */
const startContainer = async (): Promise<TestServer | string> => {
  const { getContainerRuntimeClient } = await import("testcontainers");
  const engine = await getContainerRuntimeClient().catch(() => undefined);
  if (engine === undefined) return "no Docker engine answers";
  const { PostgreSqlContainer } = await import("@testcontainers/postgresql");
  const settings = ["fsync=off", "full_page_writes=off", "max_connections=200", "max_locks_per_transaction=256"];
  try {
    const container = await new PostgreSqlContainer(IMAGE)
      .withCommand(["postgres", ...settings.flatMap((setting) => ["-c", setting])])
      .start();
    return {
      origin: `a container of ${IMAGE}`,
      adminUrl: container.getConnectionUri(),
      close: async () => {
        await container.stop();
      },
    };
  } catch (error) {
    return `the Docker engine cannot start ${IMAGE}: ${(error as Error).message.split("\n")[0]}`;
  }
};

/** In a folder of its own, on a free port, and tied to this process by a pipe. */
export const startEmbeddedServer = async (
  why: string,
  settings: ServerSettings = THROWAWAY_SETTINGS,
): Promise<TestServer> => {
  const folder = await mkdtemp(`${tmpdir()}/galley-tests-`);
  const close = await tieToThisProcess(folder);
  const started = await startWith({ projectRoot: folder, report: () => undefined }, settings);
  if (!started.ok) {
    await close();
    throw new Error(started.diagnostics.map(({ message, help }) => `${message} (${help})`).join("\n"));
  }
  const { port, version } = started.value;
  await started.value.close();
  const password = await readFile(layoutOf(folder).adminPassword, "utf8");
  return {
    origin: `an embedded PostgreSQL ${version} (${why})`,
    adminUrl: `postgresql://${ADMIN}:${password}@127.0.0.1:${port}/postgres`,
    close,
  };
};
