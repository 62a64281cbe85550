/** Verbs that answer, check, or look after a project. */
import type {
  Check,
  CheckedModel,
  CompiledText,
  GeneratedTest,
  HistoryReport,
  LeakageReport,
  ListedNode,
  NewProject,
  Removal,
  ShownRows,
} from "../commands/answers.ts";
import { checkIncremental as checkIncrementalCommand } from "../commands/check-incremental.ts";
import { checkLeakage as checkLeakageCommand } from "../commands/check-leakage.ts";
import { checkSourceHistory as checkSourceHistoryCommand } from "../commands/check-source-history.ts";
import { clean as cleanCommand } from "../commands/clean.ts";
import { compile as compileCommand } from "../commands/compile.ts";
import { coverage as coverageCommand } from "../commands/coverage.ts";
import * as server from "../commands/db.ts";
import { debug as debugCommand } from "../commands/debug.ts";
import { failures as failuresCommand } from "../commands/failures.ts";
import { generateUnitTest as generateUnitTestCommand } from "../commands/generate-unit-test.ts";
import { init as initCommand } from "../commands/init.ts";
import type {
  CheckInput,
  CleanInput,
  CompileInput,
  CoverageInput,
  FailuresInput,
  GenerateInput,
  HistoryInput,
  InitInput,
  LeakageInput,
  ListInput,
  ProjectInput,
  ShowInput,
} from "../commands/inputs.ts";
import { list } from "../commands/ls.ts";
import { refusedWith } from "../commands/open-project.ts";
import { show as showCommand } from "../commands/show.ts";
import type { Coverage } from "../domain/coverage.ts";
import type { Outcome } from "../domain/diagnostic.ts";
import type { FoundFailures } from "../domain/found-failures.ts";
import { findProject } from "../stages/load/find-project.ts";
import { type Answer, asked, filled, type Options, type Place, type Verb } from "./answer.ts";
import { ofProject, ofSelect } from "./defaults.ts";

/** A unit test of `options.model` from rows of the database, in a file beside it. */
export const generateUnitTest = (
  place: Place,
  options: Options<GenerateInput, "model">,
): Promise<Answer<GeneratedTest>> =>
  asked(
    place,
    generateUnitTestCommand,
    filled<GenerateInput>({ ...ofProject, model: options.model, rows: 5 }, options),
  );

/** The failing rows of a run held against those of an earlier one, or the history of a test. */
export const failures: Verb<FailuresInput, FoundFailures> = (place, options) =>
  asked(
    place,
    failuresCommand,
    filled<FailuresInput>(
      { ...ofProject, ...ofSelect, run: undefined, since: undefined, test: undefined, limit: undefined },
      options,
    ),
  );

export const compile: Verb<CompileInput, readonly CompiledText[]> = (place, options) =>
  asked(place, compileCommand, filled<CompileInput>({ ...ofProject, ...ofSelect, inline: undefined }, options));

export const coverage: Verb<CoverageInput, Coverage> = (place, options) =>
  asked(
    place,
    coverageCommand,
    filled<CoverageInput>({ ...ofProject, ...ofSelect, resourceTypes: [], asks: "files", least: undefined }, options),
  );

export const ls: Verb<ListInput, readonly ListedNode[]> = (place, options) =>
  asked(place, list, filled<ListInput>({ ...ofProject, ...ofSelect, resourceTypes: [] }, options));

export const debug: Verb<ProjectInput, readonly Check[]> = (place, options) =>
  asked(place, debugCommand, filled(ofProject, options));

export const checkIncremental: Verb<CheckInput, readonly CheckedModel[]> = (place, options) =>
  asked(place, checkIncrementalCommand, filled<CheckInput>({ ...ofProject, ...ofSelect }, options));

export const checkLeakage: Verb<LeakageInput, LeakageReport> = (place, options) =>
  asked(
    place,
    checkLeakageCommand,
    filled<LeakageInput>(
      {
        ...ofProject,
        ...ofSelect,
        threads: undefined,
        cutoffs: 8,
        at: [],
        seed: undefined,
        sample: undefined,
        isStrict: false,
      },
      options,
    ),
  );

/** `keep: 0` compares, and takes no photograph. */
export const checkSourceHistory: Verb<HistoryInput, HistoryReport> = (place, options) =>
  asked(
    place,
    checkSourceHistoryCommand,
    filled<HistoryInput>({ ...ofProject, ...ofSelect, keep: 30, sample: undefined, isStrict: false }, options),
  );

export const clean: Verb<CleanInput, readonly Removal[]> = (place, options) =>
  asked(place, cleanCommand, filled<CleanInput>({ ...ofProject, dropsOrphans: false, isDryRun: false }, options));

export const show = (place: Place, options: Options<ShowInput, "asked">): Promise<Answer<ShownRows>> =>
  asked(place, showCommand, filled<ShowInput>({ ...ofProject, asked: options.asked, limit: 5 }, options));

/** A new project in `place.folder`. */
export const init = (place: Place, options?: Options<Omit<InitInput, "folder">>): Promise<Answer<NewProject>> =>
  asked(place, initCommand, filled<InitInput>({ folder: ".", name: undefined }, options));

export const dbStart = (place: Place): Promise<Answer<server.DbStarted>> => onServer(place, server.dbStart);

/** Refuses while others use it. */
export const dbStop = (place: Place): Promise<Answer<server.Stopped>> =>
  onServer(place, (input) => server.dbStop({ ...input, others: "keep" }));

/** Secret: it has the password in it. */
export const dbUrl = (place: Place): Promise<Answer<string>> => onServer(place, server.dbUrl);

const onServer = <T>(place: Place, act: (input: server.DbInput) => Promise<Outcome<T>>): Promise<Answer<T>> =>
  asked<undefined, T>(
    place,
    async (context) => {
      const root = findProject(context.projectDir);
      const report = (message: string): void => context.emit({ kind: "note", message });
      const outcome = root.ok ? await act({ projectRoot: root.value, report }) : root;
      if (outcome.ok) return { exitCode: 0, value: outcome.value };
      return { exitCode: refusedWith(context, outcome.diagnostics), value: undefined };
    },
    undefined,
  );
