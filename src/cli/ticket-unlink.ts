// `maildesk ticket unlink`: two tickets that don't concern each other after all.
import type { Command } from "commander";
import { remove } from "../desk/change.ts";
import type { Cli } from "./context.ts";
import { numbersText, readNumber, showChanged, ticketOf } from "./ticket-rows.ts";
import { verb } from "./verb.ts";

export function registerTicketUnlink(ticket: Command, cli: Cli): void {
  verb(ticket, "unlink <number> <other>", "Take the link between two tickets away.", ["ticket unlink 12 14"]).action(
    async (one: string, other: string) => {
      const numbers = [readNumber(one), readNumber(other)] as const;
      await cli.withDesk(async (desk) => {
        const done = await desk.change(`ticket unlink ${numbers.join(" ")}`, async () => {
          const pair = [
            (await ticketOf(desk, numbers[0], cli.out)).ticket,
            (await ticketOf(desk, numbers[1], cli.out)).ticket,
          ] as const;
          const link = await desk.app.lists.ticketLink(pair[0].id, pair[1].id);
          return { changes: link === null ? [] : [remove("ticketLink", link)], result: { pair, link } };
        });
        if (done === null) return;
        const how = done.link === null ? "were not linked" : "are linked no more";
        await showChanged(desk, done.pair, `${numbersText(done.pair)} ${how}.`, cli.out);
      });
    },
  );
}
