/** What is typed in the measurement: words as people look for commands. */

/** Each is typed letter by letter; every letter is one search. */
export const QUERIES = [
  "compress",
  "list files",
  "network interface",
  "git branch",
  "password",
  "convert image",
  "disk usage",
  "kubernetes",
  "extract archive",
  "remote host",
  "docker container",
  "regular expression",
];

/** What is typed while a query is typed. */
export function typed(query: string): string[] {
  return Array.from(query, (_, at) => query.slice(0, at + 1)).filter(
    (text) => text.trim() === text,
  );
}
