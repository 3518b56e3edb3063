//! What a person asks of a device, in one line each.

use super::device::Device;
use vault_engine::{
    Answer, Command, Durability, Failure, ImportFile, ImportOutcome, ListItem, NewRecord, Phase,
    Query, RecordView, Reply, SearchPage, SecretText, Store, SyncPhase, SyncStatus, Unsent,
    VaultState,
};
use vault_types::{Code, Kind, OpId, RecordId};

pub(crate) const LINK: &str = "a-link-of-the-first-account";
pub(crate) const PASSPHRASE: &str = "correct horse battery";
pub(crate) const WRONG: &str = "incorrect horse battery";

/// A note to be written.
pub(crate) fn note(title: &str, text: &str) -> NewRecord {
    NewRecord {
        kind: Kind::Infobase,
        title: title.to_owned(),
        text: text.to_owned(),
        tags: Vec::new(),
    }
}

/// The code that a request was refused with.
pub(crate) fn code_of(answer: Answer) -> Option<Code> {
    answer.err().map(|failure| failure.code)
}

macro_rules! reply {
    ($answer:expr, $variant:ident) => {
        match $answer? {
            Reply::$variant(value) => Ok(value),
            _ => panic!("an answer of another kind"),
        }
    };
}

impl Device {
    pub(crate) fn sign_in(&mut self, link: &str) -> Result<VaultState, Failure> {
        let command = Command::SignIn {
            link: link.to_owned(),
            device_name: String::from("Test device"),
        };
        reply!(self.call(command), State)
    }

    pub(crate) fn sign_out(&mut self, unsent: Unsent) -> Result<VaultState, Failure> {
        reply!(self.call(Command::SignOut { unsent }), State)
    }

    pub(crate) fn create_vault(&mut self) -> Result<VaultState, Failure> {
        let passphrase = SecretText::new(PASSPHRASE.to_owned());
        reply!(self.call(Command::CreateVault { passphrase }), State)
    }

    pub(crate) fn unlock(&mut self) -> Result<VaultState, Failure> {
        self.unlock_with(PASSPHRASE)
    }

    pub(crate) fn unlock_with(&mut self, passphrase: &str) -> Result<VaultState, Failure> {
        let passphrase = SecretText::new(passphrase.to_owned());
        reply!(self.call(Command::Unlock { passphrase }), State)
    }

    /// Unlocks, and lets nothing be read from then on.
    pub(crate) fn unlock_holding_reads(&mut self) {
        let passphrase = SecretText::new(PASSPHRASE.to_owned());
        let request = self.ask(Command::Unlock { passphrase });
        while self.peek(request).is_none() {
            assert!(self.step(), "the unlock hangs");
        }
        self.hold.reads = true;
    }

    pub(crate) fn lock(&mut self) {
        let state: Result<VaultState, Failure> =
            (|| reply!(self.call(Command::Lock { tier: None }), State))();
        assert_eq!(state.unwrap().phase, Phase::Locked);
    }

    pub(crate) fn phase(&mut self) -> Phase {
        let state: Result<VaultState, Failure> = (|| reply!(self.call(Command::State), State))();
        state.unwrap().phase
    }

    pub(crate) fn put(&mut self, title: &str, text: &str) -> RecordId {
        self.try_put(title, text).unwrap()[0].id
    }

    pub(crate) fn try_put(&mut self, title: &str, text: &str) -> Result<Vec<ListItem>, Failure> {
        let records = vec![note(title, text)];
        reply!(self.call(Command::Put { records }), Saved)
    }

    pub(crate) fn save(&mut self, id: RecordId, text: &str) -> Result<Vec<ListItem>, Failure> {
        reply!(self.call(save_text(id, text)), Saved)
    }

    pub(crate) fn remove(&mut self, id: RecordId) -> Result<Vec<ListItem>, Failure> {
        reply!(self.call(Command::Remove { id }), Saved)
    }

    pub(crate) fn restore(&mut self, id: RecordId) -> Result<Vec<ListItem>, Failure> {
        reply!(self.call(Command::Restore { id }), Saved)
    }

    pub(crate) fn open(&mut self, id: RecordId) -> Result<RecordView, Failure> {
        reply!(self.call(Command::Open { id }), Record).map(|record| *record)
    }

    /// The text of a note.
    pub(crate) fn text(&mut self, id: RecordId) -> String {
        self.open(id).unwrap().text
    }

    pub(crate) fn list(&mut self) -> Vec<ListItem> {
        let command = Command::List {
            kind: None,
            tag: None,
            offset: 0,
            limit: u32::MAX,
        };
        let page: Result<_, Failure> = (|| reply!(self.call(command), List))();
        let page = page.unwrap();
        assert_eq!(page.items.len(), page.total as usize);
        page.items
    }

    /// Every title, in order of the alphabet.
    pub(crate) fn titles(&mut self) -> Vec<String> {
        let mut titles: Vec<String> = self.list().into_iter().map(|item| item.title).collect();
        titles.sort();
        titles
    }

    /// The id of the operation that a note stands on, while it is
    /// unsent.
    pub(crate) fn unsent_op_id(&mut self, id: RecordId) -> OpId {
        let row = self.disk.keys(Store::Outbox).pop().expect("an unsent row");
        let rows = self.disk.read(&[Query::Keys {
            store: Store::Outbox,
            keys: vec![row],
        }]);
        // Version, count, then op id and record id of the first.
        let row = rows.unwrap().remove(0).remove(0).1;
        assert_eq!(row[21..37], id.as_bytes()[..]);
        OpId::from_bytes(row[5..21].try_into().unwrap())
    }

    pub(crate) fn durability(&mut self, id: RecordId) -> Durability {
        let items = self.list();
        items.iter().find(|item| item.id == id).unwrap().durability
    }

    pub(crate) fn hits(&mut self, query: &str) -> Result<SearchPage, Failure> {
        let command = Command::Search {
            query: query.to_owned(),
            limit: 1_000,
            kind: None,
        };
        reply!(self.call(command), Hits)
    }

    /// The titles of what a search finds, in order of the alphabet.
    pub(crate) fn found(&mut self, query: &str) -> Vec<String> {
        let page = self.hits(query).unwrap();
        assert_eq!(page.hits.len(), page.total as usize);
        let mut titles: Vec<String> = page.hits.into_iter().map(|hit| hit.item.title).collect();
        titles.sort();
        titles
    }

    pub(crate) fn import(&mut self, files: &[(&str, &str)]) -> Vec<ImportOutcome> {
        let files = files
            .iter()
            .map(|(path, text)| ImportFile {
                path: (*path).to_owned(),
                bytes: text.as_bytes().to_vec(),
                modified_ms: None,
            })
            .collect();
        self.import_files(files).unwrap()
    }

    pub(crate) fn import_files(
        &mut self,
        files: Vec<ImportFile>,
    ) -> Result<Vec<ImportOutcome>, Failure> {
        reply!(self.call(Command::Import { files }), Imported)
    }

    /// A round with the server.
    pub(crate) fn sync(&mut self) -> SyncStatus {
        let status: Result<_, Failure> = (|| reply!(self.call(Command::Sync), Sync))();
        status.unwrap()
    }

    /// The owner says to follow the server again.
    pub(crate) fn rejoin(&mut self) -> Result<(), Failure> {
        match self.call(Command::Rejoin)? {
            Reply::Done => Ok(()),
            _ => panic!("an answer of another kind"),
        }
    }

    /// A round that ends well, with nothing left to send or fetch.
    pub(crate) fn sync_well(&mut self) {
        let status = self.sync();
        assert_eq!(status.code, None);
        assert_eq!(status.phase, SyncPhase::Synced, "{}", status.label);
        assert_eq!((status.unsent, status.incoming), (0, 0));
    }

    pub(crate) fn status(&mut self) -> SyncStatus {
        let status: Result<_, Failure> = (|| reply!(self.call(Command::SyncStatus), Sync))();
        status.unwrap()
    }

    /// List, search and single records tell one story. Each text of these
    /// tests begins with a word of its own note.
    pub(crate) fn assert_consistent(&mut self) {
        for item in self.list() {
            let record = self.open(item.id).unwrap();
            let Some(word) = record.text.split_whitespace().next() else {
                continue;
            };
            let page = self.hits(word).unwrap();
            let found = page.hits.iter().filter(|hit| hit.item.id == item.id);
            assert_eq!(found.count(), 1, "{word} of {}", item.title);
        }
    }
}

/// The command that gives a note another text.
pub(crate) fn save_text(id: RecordId, text: &str) -> Command {
    Command::Save {
        id,
        title: None,
        text: Some(text.to_owned()),
        tags: None,
        kind: None,
        base: None,
    }
}
