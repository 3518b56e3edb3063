/** A note's Markdown as a page. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { report } from "../vault/connection.ts";

type RenderMarkdown = (text: string) => DocumentFragment;

/** The page. The renderer is loaded when it is first asked for. */
export function Preview({ text }: { text: string }) {
  const ground = useRef<HTMLDivElement>(null);
  const [render, setRender] = useState<{ run: RenderMarkdown } | null>(null);
  useLayoutEffect(() => {
    import("./markdown.ts").then(
      ({ renderMarkdown }) => setRender({ run: renderMarkdown }),
      report,
    );
  }, []);
  useLayoutEffect(() => {
    if (render) ground.current?.replaceChildren(render.run(text));
  }, [render, text]);
  return <div ref={ground} class="preview" role="document" aria-label="Preview of the note" />;
}
