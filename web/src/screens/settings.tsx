/** The settings. */

import { Keys } from "../security/keys.tsx";
import { Locking } from "../security/lock-settings.tsx";
import { RecoveryCodes } from "../security/recovery-codes.tsx";
import { ResetButton } from "../security/reset-vault.tsx";
import { THEMES, theme } from "../ui/theme.ts";
import { About } from "./about.tsx";
import { ApiKeys } from "./api-keys.tsx";
import { Devices } from "./devices.tsx";
import { SignOut } from "./sign-out.tsx";
import { Storage } from "./storage.tsx";

const THEME_NAMES = { system: "As the system", light: "Light", dark: "Dark" } as const;

/** The settings, one under the other. */
export function Settings() {
  return (
    <div class="settings">
      <h1>Settings</h1>
      <Keys />
      <RecoveryCodes />
      <Locking />
      <Devices />
      <ApiKeys />
      <section aria-labelledby="appearance">
        <h2 id="appearance">Appearance</h2>
        <div class="segments" role="radiogroup" aria-labelledby="appearance">
          {THEMES.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="theme"
                checked={theme.value === one}
                onChange={() => (theme.value = one)}
              />
              <span>{THEME_NAMES[one]}</span>
            </label>
          ))}
        </div>
      </section>
      <Storage />
      <About />
      <SignOut />
      <section aria-labelledby="reset">
        <h2 id="reset">Reset the vault</h2>
        <p>Destroys every note, here and on the server, and begins anew.</p>
        <ResetButton class="button danger" />
      </section>
    </div>
  );
}
