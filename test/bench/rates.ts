// The figures of one run, their medians over several, and how they are printed.

export interface Rates {
  mailsPerSecond: number;
  /** User and system time of all processes of the run. */
  cpuMsPerMail: number;
  /** The same of the second half of the mails alone, when the code is compiled. */
  laterCpuMsPerMail: number;
}

export const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Each figure's own median. */
export const medians = (runs: readonly Rates[]): Rates => ({
  mailsPerSecond: median(runs.map((run) => run.mailsPerSecond)),
  cpuMsPerMail: median(runs.map((run) => run.cpuMsPerMail)),
  laterCpuMsPerMail: median(runs.map((run) => run.laterCpuMsPerMail)),
});

/** How many times as much the first is, figure by figure. */
export const ratio = (a: Rates, b: Rates): Rates => ({
  mailsPerSecond: a.mailsPerSecond / b.mailsPerSecond,
  cpuMsPerMail: a.cpuMsPerMail / b.cpuMsPerMail,
  laterCpuMsPerMail: a.laterCpuMsPerMail / b.laterCpuMsPerMail,
});

export const shownRates = ({ mailsPerSecond, cpuMsPerMail, laterCpuMsPerMail }: Rates): string =>
  `${mailsPerSecond.toFixed(0).padStart(4)} mails/s, ${cpuMsPerMail.toFixed(2)} ms CPU a mail (${laterCpuMsPerMail.toFixed(2)} in the second half)`;

export const shownMegabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
