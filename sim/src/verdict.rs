//! What must hold at the end of a history.
//!
//! 1. Every request has had one answer.
//! 2. Every device says that it is in step, and all show the same notes, as
//!    does one that joins only then, and one that restarts.
//! 3. What was acknowledged is shown, unless an edit or a deletion that knew
//!    it took it away: "saved on this device" while that device's storage
//!    lived, "saved on the server" always.
//! 4. What was superseded or deleted by somebody who knew it does not come
//!    back.
//! 5. What is shown is what its author wrote, and the search finds it.
//! 6. Nothing but polls goes on after three rounds.
//! 7. A server that lies is named as such, and what a device has stays there.

use crate::counts::Kind;
use crate::device::{Intent, Shown};
use crate::liar::Lie;
use crate::oracle::{Mark, Readings, Scope, marks_in};
use crate::world::World;
use std::collections::BTreeSet;
use std::fmt;
use vault_engine::{Command, Reply};
use vault_types::{OpId, RecordId};

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// No vault could be made: a fault of the simulator.
    NoVault,
    /// The program panicked.
    Panicked {
        /// What it said.
        words: String,
    },
    /// Something goes on for ever.
    NeverRests,
    /// A request was answered twice, or an answer came to none.
    AnsweredTwice {
        /// The device.
        device: usize,
    },
    /// A request has no answer.
    Unanswered {
        /// The device.
        device: usize,
        /// What was asked.
        what: &'static str,
    },
    /// A device cannot be signed in and unlocked.
    StaysClosed {
        /// The device.
        device: usize,
    },
    /// A device is not in step though nothing is in the way.
    NotInStep {
        /// The device.
        device: usize,
        /// What it says.
        says: String,
    },
    /// Two devices show different things.
    Diverged {
        /// One.
        one: usize,
        /// The other.
        other: usize,
        /// A note that only one of them shows so.
        note: String,
    },
    /// Something acknowledged is gone.
    Lost {
        /// The mark that it left.
        mark: u32,
        /// Where it is missed.
        at: String,
    },
    /// The server does not have what it said it has.
    PromiseBroken {
        /// The operation.
        op: OpId,
        /// Who was told.
        device: usize,
    },
    /// Something superseded stands again.
    Resurrected {
        /// The record.
        record: RecordId,
        /// The revision that stands.
        revision: OpId,
    },
    /// What is shown is not what was written.
    Changed {
        /// The record.
        record: RecordId,
    },
    /// A note cannot be read.
    Unreadable {
        /// The device.
        device: usize,
    },
    /// The search does not find a note.
    NotFound {
        /// The device.
        device: usize,
        /// The word.
        mark: u32,
    },
    /// Requests go on when nothing is new.
    NoRest {
        /// How many.
        requests: u64,
    },
    /// A lie was believed.
    LieBelieved {
        /// By whom.
        device: usize,
        /// Which.
        lie: Lie,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVault => f.write_str("no vault could be made"),
            Self::Panicked { words } => write!(f, "panicked: {words}"),
            Self::NeverRests => f.write_str("something goes on for ever"),
            Self::AnsweredTwice { device } => {
                write!(f, "device {device} answered a request twice")
            }
            Self::Unanswered { device, what } => {
                write!(f, "device {device} never answered: {what}")
            }
            Self::StaysClosed { device } => write!(f, "device {device} cannot be unlocked"),
            Self::NotInStep { device, says } => {
                write!(f, "device {device} is not in step, it says: {says}")
            }
            Self::Diverged { one, other, note } => {
                write!(f, "devices {one} and {other} show different notes: {note}")
            }
            Self::Lost { mark, at } => write!(f, "t{mark} was acknowledged and is lost {at}"),
            Self::PromiseBroken { op, device } => write!(
                f,
                "device {device} was told that {op} is on the server, which does not have it"
            ),
            Self::Resurrected { record, revision } => write!(
                f,
                "record {record} stands on {revision}, which somebody who knew it had ended"
            ),
            Self::Changed { record } => {
                write!(f, "record {record} does not show what its revision says")
            }
            Self::Unreadable { device } => write!(f, "device {device} cannot read a note"),
            Self::NotFound { device, mark } => {
                write!(f, "the search of device {device} does not find t{mark}")
            }
            Self::NoRest { requests } => {
                write!(f, "{requests} requests went on when nothing was new")
            }
            Self::LieBelieved { device, lie } => {
                write!(f, "device {device} believed a lie: {}", lie.name())
            }
        }
    }
}

impl World {
    /// Holds a healed world against everything that must hold.
    pub(crate) fn judge(&mut self) {
        if self.plan.lie.is_some_and(Lie::lasts) {
            return self.judge_deceived();
        }
        self.converge();
        self.join_and_restart();
        if !self.violations.is_empty() {
            return;
        }
        self.judge_steps();
        for device in 0..self.devices.len() {
            if self.violations.is_empty() {
                self.show(device);
            }
        }
        if self.violations.is_empty() {
            self.judge_views();
        }
        if self.violations.is_empty() {
            self.judge_search();
            self.judge_answers();
        }
    }

    /// After a lie that stays, the devices cannot come together; what each of
    /// them has must still be there.
    fn judge_deceived(&mut self) {
        self.converge_deceived();
        let authored = self.oracle.read_authored();
        for device in 0..self.devices.len() {
            if !self.violations.is_empty() {
                return;
            }
            self.show(device);
            let home = self.devices[device].home();
            let shown = marks_of(&self.devices[device].shown);
            let still = |id| self.devices[device].shown.iter().any(|note| note.id == id);
            let bound = |other| other == home;
            let ended = |id| !still(id);
            let lost = self
                .oracle
                .lost((&authored, Scope::Acknowledged), &shown, bound, ended);
            self.report_lost(&lost, &format!("on device {device}, which wrote it"));
        }
        self.judge_answers();
    }

    fn judge_steps(&mut self) {
        for device in 0..self.devices.len() {
            let Some(Ok(Reply::Sync(status))) = self.look(device, Command::SyncStatus) else {
                self.violations.push(Violation::StaysClosed { device });
                return;
            };
            let in_step = status.code.is_none() && status.unsent == 0 && status.incoming == 0;
            if !in_step {
                let says = status.code.map_or(status.label, str::to_owned);
                self.violations.push(Violation::NotInStep { device, says });
                return;
            }
        }
    }

    fn judge_views(&mut self) {
        let last = self.devices.len() - 1;
        for other in 0..last {
            let (one, two) = (&self.devices[last].shown, &self.devices[other].shown);
            if one != two {
                let all = one.iter().chain(two);
                let differs = |note: &&Shown| one.contains(note) != two.contains(note);
                let differing: Vec<String> = all.filter(differs).map(Shown::to_string).collect();
                let note = differing.join(" | ");
                self.violations.push(Violation::Diverged {
                    one: last,
                    other,
                    note,
                });
                return;
            }
        }
        let ops = self.server.log.committed();
        let history = self.oracle.read(ops.iter().map(|op| op.bytes.as_slice()));
        self.counts.more(Kind::Operation, history.ops.len() as u64);
        let view = self.devices[last].shown.clone();
        let copies = view.iter().filter(|note| note.conflict_copy).count();
        self.counts.more(Kind::Copy, copies as u64);
        let shown = marks_of(&view);
        let eras: Vec<_> = self.devices.iter().map(|it| it.home()).collect();
        let bound = |home| eras.contains(&home);
        let owed = (&history, Scope::Everything);
        let ended = |id| history.ended(id);
        let lost = self.oracle.lost(owed, &shown, bound, ended);
        // Only who wrote a revision that lost keeps it; see docs/simulator.md.
        let orphan = |mark: &Mark| self.oracle.is_orphan(*mark, bound);
        let (orphans, lost): (Vec<Mark>, Vec<Mark>) = lost.into_iter().partition(orphan);
        self.counts.more(Kind::Orphan, orphans.len() as u64);
        self.report_lost(&lost, "everywhere");
        for (op, device) in self.oracle.broken_promises(&history) {
            self.violations
                .push(Violation::PromiseBroken { op, device });
        }
        for note in view {
            self.judge_note(&note, &history);
        }
    }

    fn judge_note(&mut self, note: &Shown, history: &Readings) {
        let (record, revision) = (note.id, note.revision);
        let says = history.of(revision).and_then(|op| op.says.as_ref());
        if says.is_none_or(|(_, text)| *text != note.text) {
            self.violations.push(Violation::Changed { record });
        }
        if history.made_from(revision).is_some() {
            let violation = Violation::Resurrected { record, revision };
            self.violations.push(violation);
        }
    }

    fn report_lost(&mut self, lost: &[Mark], at: &str) {
        let report = |mark: &Mark| Violation::Lost {
            mark: mark.0,
            at: at.to_owned(),
        };
        self.violations.extend(lost.iter().map(report));
    }

    /// The search finds each note by a mark of its own text.
    fn judge_search(&mut self) {
        let device = self.dice.place(self.devices.len()).unwrap_or(0);
        for note in self.devices[device].shown.clone() {
            let Some(mark) = marks_in(&note.text).first().copied() else {
                continue;
            };
            let command = Command::Search {
                query: mark.to_string(),
                limit: 1_000,
                kind: None,
            };
            self.devices[device].look = None;
            self.ask(device, command, Intent::Look);
            self.run_until(self.now_ms + 100);
            let answer = self.devices[device].look.take();
            let found = matches!(answer, Some(Ok(Reply::Hits(page)))
                if page.hits.iter().any(|hit| hit.item.id == note.id));
            if !found {
                let mark = mark.0;
                self.violations.push(Violation::NotFound { device, mark });
            }
        }
    }

    fn judge_answers(&mut self) {
        for device in 0..self.devices.len() {
            let asked = self.devices[device].asked.values().next();
            let what = asked.map(|intent| match intent {
                Intent::Other(name) => name,
                Intent::Look | Intent::Show | Intent::KeepAwake => "a question",
                Intent::OpenToEdit | Intent::OpenToRemove => "open",
                Intent::Write(_) | Intent::Save(_) | Intent::Import(_) | Intent::Remove(..) => {
                    "a change"
                }
            });
            if let Some(what) = what {
                self.violations.push(Violation::Unanswered { device, what });
            }
        }
    }
}

fn marks_of(shown: &[Shown]) -> BTreeSet<Mark> {
    let texts = shown.iter().flat_map(|note| [&note.title, &note.text]);
    texts.flat_map(|text| marks_in(text)).collect()
}
