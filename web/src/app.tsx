/** Which screen is shown. */

import type { VaultState } from "@lockstep/vault";
import { place } from "./place.ts";
import { CreateVault } from "./screens/create-vault.tsx";
import { Elsewhere, Failed } from "./screens/elsewhere.tsx";
import { SignIn } from "./screens/sign-in.tsx";
import { Unlock } from "./screens/unlock.tsx";
import { Workspace } from "./screens/workspace.tsx";
import { FreshCodes } from "./security/fresh-codes.tsx";
import { SetPassphrase } from "./security/set-passphrase.tsx";
import { ToastStack } from "./ui/toast-stack.tsx";
import { stage } from "./vault/connection.ts";

/** The app. */
export function App() {
  return (
    <>
      <Screen />
      <FreshCodes />
      <ToastStack />
    </>
  );
}

function Screen() {
  const now = stage.value;
  switch (now.is) {
    case "starting":
      return <main class="gate" aria-busy="true" />;
    case "elsewhere":
      return <Elsewhere />;
    case "failed":
      return <Failed sentence={now.sentence} />;
    case "open":
      return <OpenScreen state={now.state} />;
  }
}

function OpenScreen({ state }: { state: VaultState }) {
  switch (state.phase) {
    case "signed_out":
      return <SignIn />;
    case "no_vault":
      return <CreateVault />;
    case "locked":
      return <Unlock state={state} />;
    case "unlocked":
      if (state.must_set_passphrase) return <SetPassphrase />;
      return <Workspace shows={place.value.at === "settings" ? "settings" : "notes"} />;
  }
}
