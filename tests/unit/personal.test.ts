import { describe, expect, it } from "vitest";
import {
  type Personal,
  withoutPersonalContext,
  withoutPersonalDetail,
  withoutValues,
} from "../../src/domain/personal.ts";

const personal: Personal = {
  byRelation: new Map([
    ["shop.people", new Set(["email", "Full Name"])],
    ["shop.orders", new Set()],
  ]),
  all: new Set(["email", "Full Name"]),
};

describe("what the server says of a row that it refuses", () => {
  it.each([
    ["23505", "shop", "people", "Key (email)=(a@b.c) already exists.", "Key (email)=(•••) already exists."],
    ["23505", "shop__next", "people", "Key (email)=(a(1)) is duplicated.", "Key (email)=(•••) is duplicated."],
    ["23505", "shop__next", "people__delta", "Key (lower(email))=(a) exists.", "Key (lower(email))=(•••) exists."],
    ["23505", "shop", "people", 'Key (id, "Full Name")=(1, Ana) exists.', 'Key (id, "Full Name")=(•••) exists.'],
    ["23505", "shop", "people", "Key (id)=(1) already exists.", "Key (id)=(1) already exists."],
    ["23505", "shop", "people", "Schlüssel »(email)=(a)« existiert.", "Schlüssel »(email)=(•••)« existiert."],
    ["23503", "shop", "orders", "Key (email)=(a) is not present.", "Key (email)=(a) is not present."],
    ["23503", "shop", "people_2024", "Key (email)=(a) is not present.", "Key (email)=(•••) is not present."],
    ["23502", "shop", "people", "Failing row contains (1, null, a@b.c).", "Failing row contains (•••)."],
    ["23514", "shop", "orders", "Failing row contains (1, -5).", "Failing row contains (1, -5)."],
    ["23P01", "shop", "people", "Key (email)=(a) conflicts with existing key (email)=(b).", "Key (email)=(•••)."],
    ["2BP01", "shop", "people", "view v depends on table people (email)", "view v depends on table people (email)"],
  ])("%s on %s.%s: %s", (sqlstate, schema, table, detail, said) => {
    expect(withoutPersonalDetail(detail, { sqlstate, schema, table }, personal)).toBe(said);
  });

  it.each([
    ['COPY people, line 3, column email: "a@b.c"', 'COPY people, line 3, column email: "•••"'],
    ['COPY people, line 3: "1,a@b.c"', 'COPY people, line 3: "•••"'],
    ['COPY people, line 3, column age: "x"', 'COPY people, line 3, column age: "x"'],
    ['SQL statement "insert …"', 'SQL statement "insert …"'],
  ])("%s", (context, said) => {
    expect(withoutPersonalContext(context, personal)).toBe(said);
  });

  it("masks the value that something cannot be made of", () => {
    expect(withoutValues('invalid input syntax for type date: "Ana "A""')).toBe(
      'invalid input syntax for type date: "•••"',
    );
  });
});
