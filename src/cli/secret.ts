// `maildesk secret adopt`: the way out for who lost the secret by which a desk signed. Everything else refuses such a desk.
import type { Command } from "commander";
import { usage } from "../errors.ts";
import type { Cli } from "./context.ts";
import { noun, verb } from "./verb.ts";

export function registerSecret(program: Command, cli: Cli): void {
  const secret = noun(program, "secret", "The secret by which the desk signs its mail.");
  verb(secret, "adopt", "Let the secrets of maildesk.yaml count for this desk, in place of one that is lost.", [
    "secret adopt --yes",
  ]).action(async () => {
    if (cli.flags().yes !== true && cli.flags().dryRun !== true)
      throw usage("Answers to mail that is out will find their tickets by Message-ID and subject only.", {
        remedy: "Say --yes where the old secret is lost; where it is not, list both in maildesk.yaml.",
      });
    if (cli.flags().dryRun === true) return cli.out.note("The secrets of maildesk.yaml would count.");
    await cli.withDesk(
      async ({ app, mustAdminister }) => {
        mustAdminister();
        await app.adoptSecrets();
        cli.out.note("The secrets of maildesk.yaml count for this desk now.");
      },
      { anySecret: true },
    );
  });
}
