// The first lines of an agent's mail: which are commands, and what is left.
import { describe, expect, it } from "vitest";
import { readCommands } from "../../dist/intake/agent-commands.js";

describe("first lines", () => {
  it.each([
    ["none", "Hello,\n#close", [], "Hello,\n#close"],
    ["one", "#close\nDone.", [{ kind: "close" }], "Done."],
    ["alone", "#close", [{ kind: "close" }], ""],
    [
      "several, with blank lines between",
      "\n#assign Bob Ray\n\n#priority 3\n\nLook at it.\n",
      [
        { kind: "assign", name: "Bob Ray" },
        { kind: "priority", priority: 3 },
      ],
      "Look at it.",
    ],
    ["in capitals", "#NOTE\nOur eyes only.", [{ kind: "note" }], "Our eyes only."],
    ["a project with quotes", '#project "New House"', [{ kind: "project", name: "New House" }], ""],
    ["a number is none", "#12 is the order.", [], "#12 is the order."],
    ["a heading is none", "# Steps\n1. Look", [], "# Steps\n1. Look"],
  ])("%s", (_, text, commands, rest) => {
    expect(readCommands(text)).toEqual({ commands, rest, wrong: null });
  });
});

describe("what looks like a command and is none stops the mail", () => {
  it.each([
    ["a mistyped one", "#clsoe\nDone.", '#clsoe is no command (did you mean "#close"?)'],
    ["an unknown one", "#refund\nDone.", "#refund is no command"],
    [
      "words after one that takes none",
      "#note this is secret",
      'after #note nothing may stand on the line, and there stands "this is secret"',
    ],
    ["a priority out of range", "#priority 9", "#priority needs a number from 0 to 5"],
    ["no name", "#assign", "#assign needs a name"],
    ["one below a good one", "#close\n#nota\nsecret", '#nota is no command (did you mean "#note"?)'],
  ])("%s", (_, text, wrong) => {
    expect(readCommands(text)).toEqual({ commands: [], rest: text, wrong });
  });
});
