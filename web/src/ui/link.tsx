/** A link that stays in the app. */

import type { ComponentChildren } from "preact";
import type { Place } from "../address.ts";
import { pathOf } from "../address.ts";
import { go } from "../place.ts";

/** A link to a place of the app; a new tab or window is left to the browser. */
export function PlaceLink(props: {
  to: Place;
  current?: boolean;
  children: ComponentChildren;
  class?: string;
  onGo?: () => void;
}) {
  return (
    <a
      class={props.class}
      href={pathOf(props.to)}
      aria-current={props.current ? "page" : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        props.onGo?.();
        go(props.to);
      }}
    >
      {props.children}
    </a>
  );
}
