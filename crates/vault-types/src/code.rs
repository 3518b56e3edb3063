//! Stable error codes and the sentence that a person reads.
//!
//! A code never changes its meaning and never goes away. The sentence says
//! what happened and what to do, and may be improved at any time.

use core::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal;)*) => {
        /// What went wrong, as a stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as text, as in problem details and JavaScript errors.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What happened and what to do, for a person.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

codes! {
    /// The passphrase is wrong or the key slot was changed: one answer for
    /// both, since telling them apart would help an attacker.
    CannotUnlock = "cannot_unlock", "That did not unlock the vault. Check the passphrase and try again.";
    /// A sealed object does not open: changed, cut or put in another's place.
    CannotOpen = "cannot_open", "This item could not be opened. It may be damaged; the rest of the vault is not affected.";
    /// The vault is locked.
    Locked = "locked", "The vault is locked. Unlock it and try again.";
    /// The vault is locked for every device; the server takes no changes.
    VaultLocked = "vault_locked", "The vault is locked on every device. Unlock it with its passphrase; what is saved here stays.";
    /// The server locked the vault by itself.
    LockedByServer = "locked_by_server", "Whoever runs the server has locked this vault, and only they can unlock it. What is saved here stays.";
    /// No draft with that id.
    UnknownDraft = "unknown_draft", "That draft is not on this device any more.";
    /// No room for another draft.
    TooManyDrafts = "too_many_drafts", "There are too many drafts on this device. Save or discard some; the text stays in this window until then.";
    /// No vault yet.
    NoVault = "no_vault", "There is no vault yet. Create one first.";
    /// The account has a vault already.
    VaultExists = "vault_exists", "This account already has a vault. Unlock it instead.";
    /// KDF parameters below the floor or above the ceiling that the client holds.
    BelowPolicy = "below_policy", "The server offered key settings that are not safe. Nothing was sent. Tell whoever runs the server.";
    /// A format of a newer version.
    NewerVersion = "newer_version", "This was written by a newer version of Lockstep. Update this device.";
    /// Bytes that follow no known format.
    Corrupt = "corrupt", "Stored data is damaged. Reload; if that does not help, sign out and sign in again to fetch it from the server.";
    /// Something is beyond its limit.
    LimitExceeded = "limit_exceeded", "That is larger than Lockstep accepts.";
    /// A passphrase that is too short.
    PassphraseTooShort = "passphrase_too_short", "Use at least 8 characters.";
    /// A passphrase that is too long.
    PassphraseTooLong = "passphrase_too_long", "Use fewer than 1,000 characters.";
    /// No record with that id.
    UnknownRecord = "unknown_record", "That note is not in the vault.";
    /// The list of key slots does not carry the vault's own seal.
    SlotsTampered = "slots_tampered", "The list of keys on the server was changed from outside. The vault stays locked. Tell whoever runs the server.";
    /// The list of key slots is an older one.
    SlotsRolledBack = "slots_rolled_back", "The server shows an older list of keys than this device has seen. The vault stays locked. Tell whoever runs the server.";
    /// The last slot that a person can open.
    LastSlot = "last_slot", "This is the last way to open the vault. Add another one first.";
    /// No key slot with that id.
    UnknownSlot = "unknown_slot", "That key is not among the vault's keys any more.";
    /// A recovery code with a wrong or missing character.
    RecoveryCodeMistyped = "recovery_code_mistyped", "That is not a complete recovery code. Look at the marked groups again.";
    /// A device's secret that is missing, too short or zeros.
    DeviceSecretRefused = "device_secret_refused", "This device gave no usable secret. Use the passphrase instead.";
    /// The random source shows that it is none.
    BrokenRandomness = "broken_randomness", "This device's source of randomness is broken. No key was made. Use another browser or device.";
    /// Someone else changed the slots meanwhile.
    SlotsConflict = "slots_conflict", "The keys were changed on another device. Try again.";
    /// A recovery code opened the vault, and no new passphrase is set yet.
    SetPassphraseFirst = "set_passphrase_first", "The vault was opened with a recovery code. Set a new passphrase first.";
    /// The confirming words are not the right ones.
    NotConfirmed = "not_confirmed", "Type the words exactly as they are shown. Nothing was deleted.";
    /// The vault is gone at the server, or another one is in its place.
    VaultReset = "vault_reset", "This vault was deleted at the server. What this device holds is still here; sign out to remove it.";
    /// The vault has a new key, which this device has yet to unlock.
    KeyRotated = "key_rotated", "The vault has a new key. Unlock it again with your passphrase; what you wrote here is kept.";
    /// The server's history is not a continuation of what was seen.
    HistoryRewritten = "history_rewritten", "The server's history does not continue what this device has seen. Nothing was changed here. Tell whoever runs the server.";
    /// An author had seen another history than this device: authenticated
    /// evidence that the server shows its devices different things.
    HistoryForked = "history_forked", "The server shows your devices different histories. Nothing of it was taken over; what this device holds is safe. Tell whoever runs the server.";
    /// A revision that was superseded comes again as if it were new.
    RecordRolledBack = "record_rolled_back", "The server offers an older version of a note as its newest. Nothing of it was taken over; what this device holds is safe. Tell whoever runs the server.";
    /// The server answers with another life of its database.
    ServerReset = "server_reset", "The server was reset or restored from a backup. Nothing was changed here; what this device holds is safe.";
    /// The device knows another vault than the server holds.
    RotationConflict = "rotation_conflict", "The vault has changed meanwhile. Let this device catch up, then change the key again.";
    /// A change of the key that took too long, or that another one replaced.
    RotationExpired = "rotation_expired", "Changing the vault's key took too long and was called off. Nothing was changed; start again.";
    /// A recovery code that is unknown, used or revoked: one answer for all.
    RecoveryCodeRefused = "recovery_code_refused", "This recovery code is wrong or was used already. Check it, or try another one.";
    /// No recovery code with that id.
    UnknownRecoveryCode = "unknown_recovery_code", "There is no such recovery code. Load the list again.";
    /// The sign-in is too long ago for what cannot be undone.
    SignInAgain = "sign_in_again", "For this, sign in again with a new link first, and then do it within five minutes.";
    /// Only whoever runs the server may do it.
    NotAdministrator = "not_administrator", "Only whoever runs the server may do this.";
    /// No crypto policy of that version.
    UnknownPolicy = "unknown_policy", "The server knows no such crypto policy.";
    /// A crypto policy of that version is there already.
    PolicyExists = "policy_exists", "A crypto policy with this number is there already. Choose the next one.";
    /// The last crypto policy for new vaults.
    LastPolicy = "last_policy", "This is the only crypto policy left for new vaults. Make another one first.";
    /// No session, or it ended.
    SignedOut = "signed_out", "You are signed out on this device. Sign in with a new link; what is saved here stays.";
    /// Another device of the account has signed this one out.
    DeviceRevoked = "device_revoked", "This device was signed out by another of your devices. What is saved here stays until you decide: sign in with a new link, or sign out to remove it.";
    /// No device with that id.
    UnknownDevice = "unknown_device", "There is no such device in this account. Load the list again.";
    /// A key for programs that is unknown or was revoked: one answer for both.
    ApiKeyRefused = "api_key_refused", "This API key is unknown or was revoked. Make a new one.";
    /// A key for programs, where only a signed-in device may ask.
    NotForApiKeys = "not_for_api_keys", "An API key may not do this. Sign in on a device.";
    /// No key for programs with that id.
    UnknownApiKey = "unknown_api_key", "There is no such API key. Load the list again.";
    /// Too many keys for programs.
    TooManyApiKeys = "too_many_api_keys", "This account has reached its number of API keys. Revoke one first.";
    /// A one-time link that is used up, expired or unknown.
    LinkInvalid = "link_invalid", "This sign-in link was used already or has expired. Make a new one.";
    /// Too many open links.
    TooManyLinks = "too_many_links", "Too many sign-in links are open. Use one, or wait until they expire.";
    /// Too many devices.
    TooManyDevices = "too_many_devices", "This account has reached its number of devices.";
    /// The device id does not belong to the session.
    WrongDevice = "wrong_device", "This session belongs to another device. Sign in again with a new link.";
    /// This browser holds another account's vault.
    OtherAccount = "other_account", "This browser holds another account's vault. Sign out there first.";
    /// Signing out would lose changes.
    UnsentWork = "unsent_work", "Some changes have not reached the server yet. Connect first, or sign out and lose them.";
    /// No such vault for this account.
    UnknownVault = "unknown_vault", "There is no such vault for this account.";
    /// A body that is neither the JSON nor the MessagePack that was due.
    Malformed = "malformed", "The request could not be understood.";
    /// A content type that is not spoken.
    UnsupportedMedia = "unsupported_media", "Send application/json or application/msgpack.";
    /// A body that is too large.
    TooLarge = "too_large", "The request is larger than the server accepts.";
    /// A page of another origin tried to use the session.
    ForeignOrigin = "foreign_origin", "This request came from another site and was refused.";
    /// No such address.
    NotFound = "not_found", "There is nothing at this address.";
    /// The address is there, the method is not.
    MethodNotAllowed = "method_not_allowed", "This address does not take that kind of request.";
    /// A stamp too far in the future.
    ClockAhead = "clock_ahead", "This device's clock is more than five minutes ahead. Set it right and try again.";
    /// A cursor beyond the head.
    CursorAhead = "cursor_ahead", "This device has seen more than the server holds. The server may have been reset.";
    /// An op id that was used for other content.
    OpIdReused = "op_id_reused", "An operation id was used twice with different content.";
    /// Too many requests.
    SlowDown = "slow_down", "Too many requests. Wait a moment and try again.";
    /// The server failed; the log has an id.
    ServerFailed = "server_failed", "The server had a problem. Nothing was lost; try again in a moment.";
    /// No answer from the server.
    Offline = "offline", "The server cannot be reached. What you write is kept on this device.";
    /// An answer that is not the server's: a captive portal, a proxy.
    NotOurServer = "not_our_server", "Something else answered in place of the server, perhaps a network sign-in page.";
    /// The device's storage is full.
    StorageFull = "storage_full", "This device's storage is full. Free some space; the text stays in this window until then.";
    /// The device's storage failed.
    StorageFailed = "storage_failed", "This device's storage did not take the change. The text stays in this window; try again.";
    /// The device's storage was made by a newer version.
    StorageNewer = "storage_newer", "The data on this device was written by a newer version. Reload to update.";
    /// Another tab holds the vault.
    OpenElsewhere = "open_elsewhere", "Lockstep is open in another tab of this browser.";
    /// The browser lacks something.
    Unsupported = "unsupported", "This browser lacks something that Lockstep needs. Use a current version of Firefox, Chrome, Edge or Safari.";
    /// A file of an import that is not UTF-8 text.
    ImportNotText = "import_not_text", "Not a UTF-8 text file.";
    /// A file of an import beyond the limit.
    ImportTooLarge = "import_too_large", "Larger than 5 MB.";
    /// A file of an import that is not Markdown.
    ImportNotMarkdown = "import_not_markdown", "Not a Markdown file.";
    /// A .zip that cannot be read.
    ImportBadArchive = "import_bad_archive", "This .zip file could not be read.";
    /// A file whose note was edited here after an earlier import.
    ImportEdited = "import_edited", "The note was edited here since the last import; the edited note was kept.";
    /// The call does not fit the state or its arguments are wrong.
    Misuse = "misuse", "The call does not fit here.";
    /// The worker ended.
    Stopped = "stopped", "The vault was locked before this finished.";
    /// A fault of Lockstep itself.
    Internal = "internal", "Lockstep made a mistake. Reload; what was saved is safe.";
}

impl Code {
    /// The code with that text, if this version knows it.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sentences_end() {
        for (at, code) in Code::ALL.iter().enumerate() {
            assert_eq!(Code::from_text(code.as_str()), Some(*code));
            assert!(
                Code::ALL[at + 1..]
                    .iter()
                    .all(|other| other.as_str() != code.as_str())
            );
            assert!(code.sentence().ends_with('.'), "{code}");
        }
    }
}
