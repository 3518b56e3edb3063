/** The files that an import did not take over, and why. */

import { countText } from "../ui/times.ts";
import type { Skipped } from "./sources.ts";

/** Files that are listed; more are counted. */
const LISTED_MAX = 200;

/** The list. Files that are not Markdown are one line together. */
export function Skips(props: { skipped: readonly Skipped[]; notMarkdown: number }) {
  const { skipped, notMarkdown } = props;
  if (skipped.length === 0 && notMarkdown === 0) return null;
  return (
    <div class="skips">
      <h3>Skipped files</h3>
      <ul aria-label="Skipped files">
        {skipped.slice(0, LISTED_MAX).map(({ path, reason }) => (
          <li key={path}>
            <b>{path}</b> <span>{reason}</span>
          </li>
        ))}
        {skipped.length > LISTED_MAX && (
          <li>{countText(skipped.length - LISTED_MAX, "more file", "more files")}</li>
        )}
        {notMarkdown > 0 && (
          <li>
            <b>{countText(notMarkdown, "other file", "other files")}</b>{" "}
            <span>Not a Markdown file.</span>
          </li>
        )}
      </ul>
    </div>
  );
}
