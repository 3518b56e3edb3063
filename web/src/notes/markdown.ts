/**
 * Markdown to a piece of document that cannot do anything.
 *
 * The sanitizer hands out nodes, so no markup is ever assigned as text. What
 * a note holds must not cause a request either: only pictures that are in the
 * note itself are shown, and a link says nothing to its site before it is
 * followed (docs: threat 13).
 */

import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: false, linkify: true });
// "example.md" is a file's name far more often than a site.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
// Alignment as an attribute: the page's policy allows no inline style.
for (const cell of ["th_open", "td_open"]) {
  markdown.renderer.rules[cell] = (tokens, at, options, _env, renderer) => {
    const token = tokens[at];
    const style = token?.attrGet("style");
    if (token && style) token.attrs = [["align", String(style).replace("text-align:", "")]];
    return renderer.renderToken(tokens, at, options);
  };
}

const SAFE_LINK = /^(https?:|mailto:)/i;
const OWN_PICTURE = /^(blob:|data:image\/(png|jpeg|gif|webp|avif);)/i;

const purify = DOMPurify(window);
purify.addHook("afterSanitizeAttributes", (node) => {
  if (node instanceof HTMLAnchorElement) guardLink(node);
  if (node instanceof HTMLImageElement) guardPicture(node);
});

function guardLink(link: HTMLAnchorElement): void {
  if (SAFE_LINK.test(link.getAttribute("href") ?? "")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  } else {
    link.removeAttribute("href");
  }
}

function guardPicture(picture: HTMLImageElement): void {
  if (OWN_PICTURE.test(picture.getAttribute("src") ?? "")) return;
  const alt = picture.getAttribute("alt") ?? "";
  picture.replaceWith(alt === "" ? "[picture]" : `[picture: ${alt}]`);
}

/** Renders a text. */
export function renderMarkdown(text: string): DocumentFragment {
  return purify.sanitize(markdown.render(text), {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "video", "audio"],
    FORBID_ATTR: ["style", "srcset", "id", "name"],
    ADD_ATTR: ["target"],
  });
}
