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
import { opening, stage } from "./vault/connection.ts";

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
  const isReady = state.phase === "unlocked" && !state.must_set_passphrase;
  const inSettings = place.value.at === "settings";
  // Deriving the key takes as long as building the workspace, which is empty
  // and out of sight until then. It keeps its place here, so that it is the
  // same one that is shown.
  const isAhead = state.phase === "locked" && !inSettings && opening.value !== "no";
  return (
    <>
      {!isReady && (
        <div class="gates" hidden={isAhead && opening.value === "reading"}>
          <Gates state={state} />
        </div>
      )}
      {(isReady || isAhead) && (
        <Workspace
          key="workspace"
          shows={inSettings ? "settings" : "notes"}
          opening={isReady ? "no" : opening.value}
        />
      )}
    </>
  );
}

/** What stands in front of the vault. */
function Gates({ state }: { state: VaultState }) {
  switch (state.phase) {
    case "signed_out":
      return <SignIn />;
    case "no_vault":
      return <CreateVault />;
    case "locked":
      return <Unlock state={state} />;
    case "unlocked":
      return <SetPassphrase />;
  }
}
