/**
 * Starts the app.
 *
 * Trust boundary: `client_private`. It shows what the vault opened.
 */

// First of all: no sign-in token stays in the address bar.
import "./sign-in-link.ts";
// And before anything reads the address: where it really leads.
import "./fresh-process.ts";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/gate.css";
import "./styles/workspace.css";
import "./styles/list.css";
import "./styles/editor.css";
import "./styles/settings.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { setUpDesk } from "./notes/desk.ts";
import { followDrafts } from "./notes/kept-drafts.tsx";
import { registerServiceWorker } from "./service-worker.ts";
import { start } from "./sign-in.ts";
import { setUpTheme } from "./ui/theme.ts";
import { watchAttention } from "./vault/attention.ts";
import { followOtherTabs } from "./vault/connection.ts";

const root = document.getElementById("app");
if (root) {
  setUpTheme();
  setUpDesk();
  followDrafts();
  watchAttention();
  followOtherTabs();
  render(<App />, root);
  void start();
  registerServiceWorker();
}
