// The few pages that a person may see: plain words and one button. Nothing that came with a request is ever written into them.

export interface Page {
  code: number;
  html: string;
}

const page = (code: number, words: string, form = ""): Page => ({
  code,
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Unsubscribe</title>
</head>
<body>
<p>${words}</p>
${form}</body>
</html>
`,
});

/** What a mail client posts by itself (RFC 8058 3.1), the button posts as well. */
const button = `<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>
`;

export const pages = {
  ask: page(200, "Do you want no more mail about this?", button),
  left: page(200, "You will get no more mail about this."),
  unknown: page(404, "This link leads nowhere. To get no more mail, answer to the mail and say so."),
  unclear: page(400, "Nothing was changed: that is not what the button sends.", button),
  long: page(413, "Nothing was changed: that is more than the button sends."),
  method: page(405, "Nothing was changed: this page is only read, and its button pressed."),
  later: page(503, "That did not work now. Please try again in a few minutes."),
} as const satisfies Record<string, Page>;
