//! How things stand with the server, in words for a person.

use super::Sync;
use crate::command::{Notice, SyncPhase, SyncStatus};
use crate::context::Context;
use crate::packs::Location;
use rand_core::CryptoRng;
use sync_core::Outbox;
use vault_types::Code;

impl Sync {
    /// How things stand, for the application.
    pub(crate) fn status(&self, outbox: &Outbox<Location>) -> SyncStatus {
        let unsent = outbox.len() as u32;
        let incoming = self.server_cursor.0.saturating_sub(self.seen().cursor.0) as u32;
        let phase = match self.failed {
            _ if self.history.is_none() => SyncPhase::NotConnected,
            _ if self.schedule.is_running() => SyncPhase::Syncing,
            Some(Code::Offline) => SyncPhase::Offline,
            Some(_) => SyncPhase::Error,
            None if unsent > 0 => SyncPhase::Syncing,
            None => SyncPhase::Synced,
        };
        SyncStatus {
            phase,
            label: label(phase, self.failed, unsent, incoming),
            unsent,
            incoming: if phase == SyncPhase::NotConnected {
                0
            } else {
                incoming
            },
            last_checked_ms: self.schedule.last_done_ms().map(|ms| ms as f64),
            next_check_ms: self.next_ms().map(|ms| ms as f64),
            code: self.failed.map(Code::as_str),
            needs_choice: self.needs_choice(),
        }
    }

    /// Tells the application if something it can see has changed.
    pub(crate) fn tell<R: CryptoRng>(
        &mut self,
        outbox: &Outbox<Location>,
        cx: &mut Context<'_, R>,
    ) {
        let status = self.status(outbox);
        if self.told.as_ref() != Some(&status) {
            self.told = Some(status.clone());
            cx.notify(Notice::Sync(status));
        }
    }
}

/// Words for a person.
fn label(phase: SyncPhase, failed: Option<Code>, unsent: u32, incoming: u32) -> String {
    let waiting = match unsent {
        0 => String::new(),
        1 => String::from("1 change waits"),
        many => format!("{many} changes wait"),
    };
    match phase {
        SyncPhase::NotConnected => String::from("Not connected"),
        SyncPhase::Syncing if incoming > 0 => format!("Receiving, {incoming} to go"),
        SyncPhase::Syncing if unsent > 0 => format!("Sending, {unsent} to go"),
        SyncPhase::Syncing => String::from("Checking"),
        SyncPhase::Synced => String::from("Synced"),
        SyncPhase::Offline if unsent > 0 => format!("Offline, {waiting}"),
        SyncPhase::Offline => String::from("Offline"),
        SyncPhase::Error => String::from(failed.map_or("Something went wrong.", Code::sentence)),
    }
}
