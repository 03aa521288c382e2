import { describe, expect, it } from "vitest";
import type { ExplorerState, Filter } from "./state";
import { narrow, readState, switchProvider, withFilter, withoutFilter, writeState } from "./state";

const read = (text: string): ExplorerState => readState(new URLSearchParams(text));
const EMPTY = read("");
const EC2: Filter = { operator: "is", key: "service", value: "AmazonEC2" };

describe("address and state", () => {
  it.each([
    "",
    "provider=aws",
    "range=30d&group=tag:team",
    "from=2026-08-01&to=2026-08-31&group=service&cost=blended_cost&currency=EUR&by=monthly",
    "is.service=AmazonEC2&is.service=AmazonS3&has.tag:team=a,b&not.account=1&lacks.region=us",
    "has.ServiceName=Amazon+Elastic+Compute+%26+more",
    "sort=-name&page=3",
    "sort=change",
    "explain=*",
    "explain=AmazonEC2&on=2026-08-12",
  ])("%s reads and writes back unchanged", (text) => expect(writeState(read(text))).toBe(text));

  it.each([
    "provider=ibm&range=fortnight&by=hourly&sort=colour&page=-2",
    "from=2026-08-31&to=2026-08-01",
    "from=2026-02-30&to=2026-08-01",
    "near.service=x&.service=x&is.=x&is.service=",
    "on=2026-08-12",
  ])("%s is ignored", (text) => expect(read(text)).toEqual(EMPTY));

  it("keeps values that look like syntax", () => {
    const odd: Filter = { operator: "has", key: "tag:a.b", value: "x=1&y=/?#+ü" };
    expect(read(writeState(withFilter(EMPTY, odd))).filters).toEqual([odd]);
  });
});

describe("filters", () => {
  it("are added once and removed, back to the first page with nothing opened", () => {
    const one = withFilter(read("page=4&explain=*"), EC2);
    expect(writeState(one)).toBe("is.service=AmazonEC2");
    expect(withFilter(one, EC2)).toBe(one);
    expect(withoutFilter(one, EC2).filters).toEqual([]);
  });
});

describe("narrow", () => {
  it.each([
    ["service", ["account", "service", "region"], "account"],
    ["account", ["account", "service", "region"], "service"],
    ["SubAccountName", ["SubAccountId", "SubAccountName", "ServiceName"], "ServiceName"],
    ["tag:team", ["account", "service"], "account"],
    ["region", ["region"], "region"],
  ])("by %s", (group, keys, next) => {
    const narrowed = narrow(EMPTY, group, "x", keys);
    expect(narrowed.group).toBe(next);
    expect(narrowed.filters).toEqual([{ operator: "is", key: group, value: "x" }]);
  });
});

it("narrowing replaces other values of the same key, as those are alternatives", () => {
  const narrowed = narrow(read("is.service=A&has.service=B&not.service=C&is.account=1"), "service", "A", ["region"]);
  expect(writeState(narrowed)).toBe("group=region&not.service=C&is.account=1&is.service=A");
});

it("another provider keeps what means the same there", () => {
  const state = read("provider=aws&range=30d&group=service&cost=x&is.service=A&is.tag:team=b");
  expect(writeState(switchProvider(state, "all"))).toBe("range=30d&is.tag:team=b");
  expect(switchProvider(read("group=tag:team"), "aws").group).toBe("tag:team");
});

it("rows without a value are reached by excluding any value", () => {
  const narrowed = narrow(read("is.tag:team=web"), "tag:team", "No-team", ["service"]);
  expect(writeState(narrowed)).toBe("group=service&lacks.tag:team=*");
});
