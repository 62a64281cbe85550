/** JSON schemas of what other tools read, written from their documentation. */

const nullable = (type: string) => ({ type: [type, "null"] });

/** dbt's run results, version 6: no field is missing, none is too many. */
export const runResultsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["metadata", "results", "elapsed_time"],
  properties: {
    metadata: {
      type: "object",
      additionalProperties: false,
      required: ["dbt_schema_version", "dbt_version", "generated_at", "invocation_id", "env"],
      properties: {
        dbt_schema_version: { const: "https://schemas.getdbt.com/dbt/run-results/v6.json" },
        dbt_version: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+$" },
        generated_at: { type: "string" },
        invocation_id: nullable("string"),
        env: { type: "object", additionalProperties: { type: "string" } },
      },
    },
    results: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: [
          "status",
          "timing",
          "thread_id",
          "execution_time",
          "adapter_response",
          "message",
          "failures",
          "unique_id",
          "compiled",
          "compiled_code",
          "relation_name",
        ],
        properties: {
          status: {
            enum: ["success", "error", "skipped", "partial success", "pass", "fail", "warn", "runtime error"],
          },
          timing: {
            type: "array",
            items: {
              type: "object",
              additionalProperties: false,
              required: ["name"],
              properties: {
                name: { type: "string" },
                started_at: nullable("string"),
                completed_at: nullable("string"),
              },
            },
          },
          thread_id: { type: "string" },
          execution_time: { type: "number" },
          adapter_response: { type: "object" },
          message: nullable("string"),
          failures: nullable("integer"),
          unique_id: { type: "string" },
          compiled: nullable("boolean"),
          compiled_code: nullable("string"),
          relation_name: nullable("string"),
        },
      },
    },
    elapsed_time: { type: "number" },
    args: { type: "object" },
  },
};

/** GitLab's code quality: what its merge request widget needs. */
export const codeQualitySchema = {
  type: "array",
  items: {
    type: "object",
    required: ["description", "check_name", "fingerprint", "severity", "location"],
    properties: {
      description: { type: "string", minLength: 1 },
      check_name: { type: "string" },
      fingerprint: { type: "string", pattern: "^[0-9a-f]{64}$" },
      severity: { enum: ["info", "minor", "major", "critical", "blocker"] },
      location: {
        type: "object",
        required: ["path", "lines"],
        properties: {
          path: { type: "string", pattern: "^(?!/|\\./)" },
          lines: {
            type: "object",
            required: ["begin"],
            properties: { begin: { type: "integer", minimum: 1 }, end: { type: "integer", minimum: 1 } },
          },
        },
      },
    },
  },
};
