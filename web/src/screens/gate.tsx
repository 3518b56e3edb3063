/** The frame of every screen in front of the vault. */

import type { ComponentChildren } from "preact";
import { Alert } from "../ui/alert.tsx";
import { Logo } from "../ui/icons.tsx";

/** A narrow page with the logo, a heading and a few controls. */
export function Gate(props: { heading: string; lead?: string; children?: ComponentChildren }) {
  return (
    <main class="gate">
      <div class="gate-card">
        <p class="gate-brand">
          <Logo />
          <span>Lockstep</span>
        </p>
        <h1>{props.heading}</h1>
        {props.lead !== undefined && <p class="lead">{props.lead}</p>}
        {props.children}
      </div>
      <Alert />
    </main>
  );
}

/** An error beside the control that it is about. */
export function FormError({ text, id }: { text: string | null; id?: string }) {
  if (text === null) return null;
  return (
    <p class="form-error" role="alert" id={id}>
      {text}
    </p>
  );
}
