// Whether the body of a POST is what RFC 8058 section 3.1 lets mail clients send: `List-Unsubscribe=One-Click`, as a form
// (application/x-www-form-urlencoded) or as multipart/form-data (RFC 7578).

const field = "List-Unsubscribe";
const value = "One-Click";

export function isOneClick(contentType: string, body: string): boolean {
  const [type = ""] = contentType.split(";", 1);
  const kind = type.trim().toLowerCase();
  if (kind === "multipart/form-data") return inParts(contentType, body);
  // Some clients name no type.
  if (kind !== "application/x-www-form-urlencoded" && kind !== "") return false;
  return new URLSearchParams(body.trim()).get(field) === value;
}

function inParts(contentType: string, body: string): boolean {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return false;
  return body.split(`--${boundary}`).some((part) => {
    const [head = "", ...rest] = part.split(/\r?\n\r?\n/);
    const name = /^content-disposition:\s*form-data\s*;[^\r\n]*?\bname="?([^"\r\n;]+)"?/im.exec(head)?.[1];
    return name === field && rest.join("\n\n").trim() === value;
  });
}
