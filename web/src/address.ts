/**
 * The addresses of the app. An address may name a note by its id; a title, a
 * tag or a query never gets into one, since the browser keeps them.
 */

import type { Kind } from "@lockstep/vault";

/** Where a person is in the app. */
export type Place =
  | { at: "start" }
  | { at: "sign_in" }
  | { at: "section"; kind: Kind; note: NoteAt }
  | { at: "settings" };

/** Which note is open in a section. */
export type NoteAt = { is: "none" } | { is: "new" } | { is: "kept"; id: string };

/** No note. */
export const NO_NOTE: NoteAt = { is: "none" };

/** What each section is called and where it is. */
export const SECTIONS = [
  { kind: "idea", name: "Ideas", path: "/ideas" },
  { kind: "infobase", name: "Infobase", path: "/infobase" },
  { kind: "journal", name: "Journal", path: "/journal" },
] as const satisfies readonly { kind: Kind; name: string; path: string }[];

/** The address of the settings. */
export const SETTINGS_PATH = "/settings";
/** The address that a sign-in link leads to. */
export const SIGN_IN_PATH = "/sign-in";

/** The section of a kind. */
export function sectionOf(kind: Kind): (typeof SECTIONS)[number] {
  return SECTIONS.find((section) => section.kind === kind) ?? SECTIONS[0];
}

/** Reads an address; what nobody knows leads to the start. */
export function parsePlace(path: string): Place {
  if (path === SIGN_IN_PATH) return { at: "sign_in" };
  if (path === SETTINGS_PATH) return { at: "settings" };
  for (const section of SECTIONS) {
    if (path === section.path) return { at: "section", kind: section.kind, note: NO_NOTE };
    if (path.startsWith(`${section.path}/`)) {
      return { at: "section", kind: section.kind, note: parseNote(path, section.path.length + 1) };
    }
  }
  return { at: "start" };
}

/** Reads which note an address names. */
function parseNote(path: string, from: number): NoteAt {
  const id = path.slice(from);
  if (id === "new") return { is: "new" };
  return /^[\w-]+$/.test(id) ? { is: "kept", id } : NO_NOTE;
}

/** Writes an address. */
export function pathOf(place: Place): string {
  switch (place.at) {
    case "start":
      return "/";
    case "sign_in":
      return SIGN_IN_PATH;
    case "settings":
      return SETTINGS_PATH;
    case "section": {
      const { path } = sectionOf(place.kind);
      if (place.note.is === "none") return path;
      return `${path}/${place.note.is === "new" ? "new" : place.note.id}`;
    }
  }
}
