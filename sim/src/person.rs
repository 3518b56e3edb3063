//! What the people before the devices do: they write, edit, delete, import,
//! lock and unlock, and sign in again where a session has ended.

use crate::counts::Kind;
use crate::device::{Intent, Shown};
use crate::founding::PASSPHRASE;
use crate::oracle::{Mark, marks_in};
use crate::verdict::Violation;
use crate::world::{Happening, World};
use std::collections::BTreeSet;
use vault_engine::{
    Answer, Command, ImportFile, ImportOutcome, ListItem, NewRecord, Phase, RecordView, Reply,
    RequestId, SecretText,
};
use vault_types::{Code, Kind as NoteKind, LockTier, OpId, RecordId};

/// A note that a person has before them.
pub(crate) struct Typing {
    id: RecordId,
    revision: OpId,
    title: String,
    text: String,
}

/// What an unlocked device's person may do.
#[derive(Debug, Clone, Copy)]
enum Doing {
    Write,
    Edit,
    Remove,
    Restore,
    Import,
    Sync,
    Lock,
    LockAll,
    Hide,
    Return,
    Idle,
}

const DOINGS: [(u64, Doing); 11] = [
    (20, Doing::Write),
    (40, Doing::Edit),
    (9, Doing::Remove),
    (4, Doing::Restore),
    (6, Doing::Import),
    (8, Doing::Sync),
    (4, Doing::Lock),
    (1, Doing::LockAll),
    (3, Doing::Hide),
    (3, Doing::Return),
    (2, Doing::Idle),
];

pub(crate) fn secret() -> SecretText {
    SecretText::new(PASSPHRASE.to_owned())
}

pub(crate) fn list() -> Command {
    Command::List {
        kind: None,
        tag: None,
        offset: 0,
        limit: u32::MAX,
    }
}

impl World {
    /// Somebody does something, or something breaks.
    pub(crate) fn act(&mut self) {
        if self.acts_left == 0 {
            return;
        }
        self.acts_left -= 1;
        if self.dice.chance(self.plan.faults) {
            self.break_something();
        } else if let Some(device) = self.dice.place(self.devices.len()) {
            self.counts.add(Kind::Action);
            self.do_something(device);
        }
        let wait_ms = self.dice.wait_ms(self.plan.pace_ms, 20 * self.plan.pace_ms);
        self.plan_in(wait_ms, Happening::Act);
    }

    fn do_something(&mut self, device: usize) {
        if !self.devices[device].up {
            return;
        }
        match self.phase(device) {
            Some(Phase::SignedOut) => self.sign_in(device),
            Some(_) if self.devices[device].must_sign_in => self.sign_in(device),
            Some(Phase::Locked) => self.unlock(device),
            Some(Phase::Unlocked) => self.work(device),
            // It has yet to read its storage, or the storage cannot be read.
            Some(Phase::NoVault) | None => {}
        }
    }

    /// Where a device's vault stands, as its person sees it.
    pub(crate) fn phase(&mut self, device: usize) -> Option<Phase> {
        match self.look(device, Command::State) {
            Some(Ok(Reply::State(state))) => Some(state.phase),
            Some(Err(_)) => {
                // It could not read its storage; its person reloads the page.
                self.end_process(device, 1);
                None
            }
            _ => None,
        }
    }

    pub(crate) fn sign_in(&mut self, device: usize) {
        self.devices[device].must_sign_in = false;
        let command = Command::SignIn {
            link: self.server.new_link(),
            device_name: format!("Device {device}"),
        };
        self.tell(|| format!("device {device}: sign in"));
        self.ask(device, command, Intent::Other("sign in"));
    }

    pub(crate) fn unlock(&mut self, device: usize) {
        let passphrase = secret();
        self.tell(|| format!("device {device}: unlock"));
        self.ask(
            device,
            Command::Unlock { passphrase },
            Intent::Other("unlock"),
        );
    }

    fn work(&mut self, device: usize) {
        let doing = self.dice.weigh(&DOINGS, Doing::Idle);
        self.tell(|| format!("device {device}: {doing:?}"));
        let other = |name| Intent::Other(name);
        match doing {
            Doing::Write => self.write(device),
            Doing::Edit => self.open_some(device, Intent::OpenToEdit),
            Doing::Remove => self.open_some(device, Intent::OpenToRemove),
            Doing::Restore => {
                if let Some(id) = self.dice.pick(&self.devices[device].removed) {
                    self.ask(device, Command::Restore { id }, other("restore"));
                }
            }
            Doing::Import => self.import(device),
            Doing::Sync => {
                self.ask(device, Command::Sync, other("sync"));
            }
            Doing::Lock => {
                let tier = Some(LockTier::Device);
                self.ask(device, Command::Lock { tier }, other("lock"));
            }
            Doing::LockAll => {
                self.counts.add(Kind::VaultLock);
                let tier = Some(LockTier::Vault);
                self.ask(device, Command::Lock { tier }, other("lock"));
            }
            Doing::Hide | Doing::Return => {
                let visible = matches!(doing, Doing::Return);
                let command = Command::Visibility {
                    visible,
                    form: None,
                };
                self.ask(device, command, other("visibility"));
            }
            Doing::Idle => {
                self.ask(device, Command::Activity, other("activity"));
            }
        }
    }

    fn write(&mut self, device: usize) {
        let count = self.dice.weigh(&[(6, 1), (1, 2), (1, 4)], 1);
        let marks: Vec<Mark> = (0..count).map(|_| self.oracle.new_mark()).collect();
        let home = self.devices[device].home();
        for mark in &marks {
            self.oracle.written(*mark, home);
        }
        let note = |mark: &Mark| NewRecord {
            kind: NoteKind::Infobase,
            title: format!("Note {mark}"),
            text: format!("first {mark}\n\nsecond\n\nthird\n"),
            tags: Vec::new(),
        };
        let records = marks.iter().map(note).collect();
        self.tell(|| format!("device {device}: writes {}", names(&marks)));
        self.ask(device, Command::Put { records }, Intent::Write(marks));
    }

    fn open_some(&mut self, device: usize, intent: Intent) {
        if self.devices[device].is_typing {
            return;
        }
        let Some(Ok(Reply::List(page))) = self.look(device, list()) else {
            return;
        };
        let ids: Vec<RecordId> = page.items.iter().map(|item| item.id).collect();
        if let Some(id) = self.dice.pick(&ids) {
            self.devices[device].is_typing = true;
            self.ask(device, Command::Open { id }, intent);
        }
    }

    fn import(&mut self, device: usize) {
        let mut files = Vec::new();
        let mut marks = Vec::new();
        for _ in 0..self.dice.between(1, 4) {
            let (path, version) = (self.dice.below(4), self.dice.below(3));
            let key = (path, version);
            let mark = match self.files.get(&key) {
                Some(mark) => *mark,
                None => {
                    let mark = self.oracle.new_mark();
                    self.files.insert(key, mark);
                    mark
                }
            };
            self.oracle.written(mark, self.devices[device].home());
            // A newer version of a file takes the place of an older one.
            let same = self.files.iter().filter(|((other, _), _)| *other == path);
            let others = same.map(|(_, other)| *other).filter(|other| *other != mark);
            self.oracle.killed_by(others, mark);
            files.push(ImportFile {
                path: format!("folder/file {path}.md"),
                bytes: format!("file {mark} as it is\n").into_bytes(),
                modified_ms: None,
            });
            marks.push(mark);
        }
        self.tell(|| format!("device {device}: imports {}", names(&marks)));
        self.ask(device, Command::Import { files }, Intent::Import(marks));
    }

    /// A request has its answer.
    pub(crate) fn answered(&mut self, device: usize, request: RequestId, answer: Answer) {
        let Some(intent) = self.devices[device].asked.remove(&request) else {
            return self.violations.push(Violation::AnsweredTwice { device });
        };
        if let Err(failure) = &answer {
            let code = failure.code;
            self.tell(|| format!("device {device}: refused, {}", code.as_str()));
            self.devices[device].must_sign_in |= code == Code::SignedOut;
        }
        match (intent, answer) {
            (Intent::Look, answer) => self.devices[device].look = Some(answer),
            (Intent::Write(marks), Ok(Reply::Saved(_))) => self.acknowledge(device, &marks),
            (Intent::Save(mark), Ok(Reply::Saved(_))) => {
                self.devices[device].is_typing = false;
                self.acknowledge(device, &[mark]);
            }
            (Intent::Import(marks), Ok(Reply::Imported(outcomes))) => {
                self.imported(device, &marks, &outcomes);
            }
            (Intent::OpenToEdit, Ok(Reply::Record(record))) => {
                let wait_ms = self.dice.wait_ms(400, 60_000);
                let life = self.devices[device].life;
                let typing = Box::new(Typing::of(*record));
                let what = Happening::Typed {
                    device,
                    life,
                    typing,
                };
                self.plan_in(wait_ms, what);
            }
            (Intent::OpenToRemove, Ok(Reply::Record(record))) => {
                let life = self.devices[device].life;
                let typing = Box::new(Typing::of(*record));
                let what = Happening::RemoveNow {
                    device,
                    life,
                    typing,
                };
                self.plan_in(1, what);
            }
            (Intent::OpenToEdit | Intent::OpenToRemove, _) => {
                self.devices[device].is_typing = false;
            }
            (Intent::Remove(id, marks), Ok(_)) => {
                self.oracle.deleted(marks);
                self.tell(|| format!("device {device}: deleted {id}"));
                self.devices[device].removed.push(id);
                self.devices[device].is_typing = false;
            }
            (Intent::Save(_) | Intent::Remove(..), _) => self.devices[device].is_typing = false,
            (Intent::Show, Ok(Reply::Record(record))) => {
                self.devices[device].shown.push(shown(*record));
            }
            (Intent::Show, _) => self.violations.push(Violation::Unreadable { device }),
            (Intent::Write(_) | Intent::Import(_), _) => {}
            (Intent::KeepAwake, answer) => self.devices[device].is_awake = answer.is_ok(),
            (Intent::Other(name), Ok(_)) => {
                self.tell(|| format!("device {device}: {name} is done"))
            }
            (Intent::Other(_), Err(_)) => {}
        }
    }

    fn acknowledge(&mut self, device: usize, marks: &[Mark]) {
        self.tell(|| format!("device {device}: {} saved on this device", names(marks)));
        let home = self.devices[device].home();
        for mark in marks {
            self.oracle.acknowledged(*mark, home);
        }
    }

    fn imported(&mut self, device: usize, files: &[Mark], outcomes: &[ImportOutcome]) {
        let home = self.devices[device].home();
        for (mark, outcome) in files.iter().zip(outcomes) {
            if let ImportOutcome::Added { .. } | ImportOutcome::Updated { .. } = outcome {
                self.oracle.acknowledged(*mark, home);
            }
        }
        self.tell(|| format!("device {device}: import is done, {outcomes:?}"));
    }

    /// A person has typed and saves.
    pub(crate) fn typed(&mut self, device: usize, typing: Typing) {
        let mark = self.oracle.new_mark();
        self.oracle.written(mark, self.devices[device].home());
        let before = typing.marks();
        let (title, text) = self.edit(&typing, mark);
        let after: BTreeSet<Mark> = marks_in(title.as_deref().unwrap_or(&typing.title))
            .union(&marks_in(text.as_deref().unwrap_or(&typing.text)))
            .copied()
            .collect();
        self.oracle
            .killed_by(before.difference(&after).copied(), mark);
        self.tell(|| {
            format!(
                "device {device}: saves {mark} in {}, was {}",
                typing.id, typing.title
            )
        });
        let command = Command::Save {
            id: typing.id,
            title,
            text,
            tags: None,
            kind: None,
            base: Some(typing.revision),
        };
        self.ask(device, command, Intent::Save(mark));
    }

    /// What becomes of a note: its new title and text.
    fn edit(&mut self, typing: &Typing, mark: Mark) -> (Option<String>, Option<String>) {
        let mut lines: Vec<String> = typing.text.lines().map(str::to_owned).collect();
        match self.dice.below(6) {
            0 => return (Some(format!("Note {mark}")), None),
            1 => lines = vec![format!("all new {mark}")],
            2 => lines.insert(0, format!("above {mark}")),
            3 | 4 => match self.dice.place(lines.len()) {
                Some(at) => lines[at] = format!("other {mark}"),
                None => lines.push(format!("line {mark}")),
            },
            _ => lines.push(format!("below {mark}")),
        }
        (None, Some(lines.join("\n") + "\n"))
    }

    /// A person deletes what they have before them.
    pub(crate) fn remove_now(&mut self, device: usize, typing: Typing) {
        let (id, marks) = (typing.id, typing.marks());
        self.tell(|| format!("device {device}: deletes {id}, {}", typing.title));
        self.oracle.killed_with(marks.iter().copied(), id);
        self.ask(device, Command::Remove { id }, Intent::Remove(id, marks));
    }
}

impl Typing {
    fn of(record: RecordView) -> Self {
        Self {
            id: record.item.id,
            revision: record.item.revision,
            title: record.item.title,
            text: record.text,
        }
    }

    fn marks(&self) -> BTreeSet<Mark> {
        let mut marks = marks_in(&self.title);
        marks.extend(marks_in(&self.text));
        marks
    }
}

fn shown(record: RecordView) -> Shown {
    let ListItem {
        id,
        revision,
        title,
        conflict_copy,
        ..
    } = record.item;
    Shown {
        id,
        revision,
        title,
        text: record.text,
        conflict_copy,
    }
}

fn names(marks: &[Mark]) -> String {
    let names: Vec<String> = marks.iter().map(Mark::to_string).collect();
    names.join(" ")
}
