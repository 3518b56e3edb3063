//! Writing: what each kind of change stages.

use crate::catalogue::{Entry, Touched};
use crate::command::{ImportFile, ImportOutcome, NewRecord, RequestId};
use crate::conflict;
use crate::import::{self, ImportedNote};
use crate::index::Indexing;
use crate::job::{Outcome, Patch};
use crate::open_vault::OpenVault;
use crate::outbox_rows::Unsent;
use crate::packs::{Location, PackWriter};
use crate::stage::{Stage, Staged};
use rand_core::CryptoRng;
use search_index::DocNumber;
use sync_core::Outbox;
use vault_core::{OpBody, OpDraft, RecordBody, Source};
use vault_types::{Code, DeviceId, Map, OpHeader, OpId, RecordId, Seen, Stamp};

/// Who writes, and what they have seen.
#[derive(Clone, Copy)]
pub(crate) struct Author {
    pub(crate) device_id: DeviceId,
    pub(crate) seen: Seen,
    pub(crate) now_ms: u64,
}

/// Builds the stage of a job that writes.
pub(crate) struct Writing<'a, R> {
    pub(crate) open: &'a mut OpenVault,
    pub(crate) outbox: &'a Outbox<Location>,
    pub(crate) author: Author,
    pub(crate) rng: &'a mut R,
    pub(crate) stage: Stage,
    packs: PackWriter,
    indexing: Indexing,
}

impl<'a, R: CryptoRng> Writing<'a, R> {
    pub(crate) fn new(
        open: &'a mut OpenVault,
        outbox: &'a Outbox<Location>,
        author: Author,
        rng: &'a mut R,
    ) -> Self {
        let packs = PackWriter::new(open.packs.next());
        let indexing = Indexing::from(open.next_doc);
        Self {
            open,
            outbox,
            author,
            rng,
            stage: Stage::default(),
            packs,
            indexing,
        }
    }

    /// Closes packs and index, and gives the stage.
    pub(crate) fn finish(mut self) -> Result<Stage, Code> {
        self.stage.next_doc = Some(self.indexing.next());
        for segment in self.indexing.finish() {
            self.stage.add_segment(self.open, segment, self.rng)?;
        }
        self.stage.packs = self.packs.finish();
        Ok(self.stage)
    }

    /// Takes in an operation of another device, as it came.
    pub(crate) fn keep(&mut self, bytes: &[u8]) -> Location {
        let at = self.packs.add(bytes);
        self.stage.retained.push(at);
        at
    }

    /// An operation of the history that has opened was made then, whether or
    /// not it stands here.
    pub(crate) fn note_stamp(&mut self, stamp: Stamp) {
        let latest = self.stage.latest.unwrap_or(self.open.latest);
        if stamp > latest {
            self.stage.latest = Some(stamp);
        }
    }

    /// Gives a revision its number in the index.
    pub(crate) fn index(&mut self, body: &RecordBody) -> DocNumber {
        self.indexing.add(body)
    }

    /// Seals an operation of this device and hands it to the outbox.
    fn seal(
        &mut self,
        record_id: RecordId,
        base: Option<OpId>,
        body: &OpBody,
    ) -> Result<(OpHeader, Location), Code> {
        self.open.stamp = self.open.stamp.tick(self.author.now_ms);
        self.seal_as_of(self.open.stamp, record_id, base, body)
    }

    /// Seals an operation with a stamp of the past.
    pub(crate) fn seal_as_of(
        &mut self,
        stamp: Stamp,
        record_id: RecordId,
        base: Option<OpId>,
        body: &OpBody,
    ) -> Result<(OpHeader, Location), Code> {
        let mut random = [0; 10];
        self.rng.fill_bytes(&mut random);
        let draft = OpDraft {
            op_id: OpId::from_parts(self.author.now_ms, random),
            record_id,
            device_id: self.author.device_id,
            base,
            stamp,
            seen: self.author.seen,
        };
        let op = self
            .open
            .vault
            .seal_op(&draft, body, self.rng)
            .map_err(|error| error.code())?;
        let bytes = op.encode();
        let at = self.keep(&bytes);
        self.stage.unsent.push(Unsent {
            op_id: op.header.op_id,
            record_id,
            base,
            len: bytes.len(),
            payload: at,
        });
        Ok((op.header, at))
    }

    /// The revision to name as base, and the operations that a new one
    /// replaces because they never left this device.
    pub(crate) fn base_of(&self, entry: Option<&Entry>) -> (Option<OpId>, Vec<Unsent>) {
        let Some(entry) = entry else {
            return (None, Vec::new());
        };
        let folded = self.folded(entry);
        match folded.first() {
            Some(oldest) => (oldest.base, folded),
            None => (Some(entry.op_id), folded),
        }
    }

    /// What stands and never left this device, and what it was made from, as
    /// far as that never left it either.
    pub(crate) fn folded(&self, entry: &Entry) -> Vec<Unsent> {
        let run = self.outbox.foldable_run(entry.id);
        match run.last() {
            Some(newest) if newest.op_id == entry.op_id => run.into_iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Writes a revision of a record.
    pub(crate) fn write(
        &mut self,
        id: RecordId,
        body: RecordBody,
        touched: Touched,
    ) -> Result<(), Code> {
        let before = self.open.catalogue.entry(&id).cloned();
        let (base, folded) = self.base_of(before.as_ref());
        let body = OpBody::Record(body);
        let (header, at) = self.seal(id, base, &body)?;
        let OpBody::Record(body) = body else {
            return Err(Code::Internal);
        };
        let doc = self.index(&body);
        let entry = Entry {
            touched,
            ..Entry::of(&header, &body, at, doc)
        };
        self.replace(folded, entry);
        Ok(())
    }

    /// Ends a record; a revision of it is kept for Undo.
    pub(crate) fn remove(&mut self, before: &Entry, kept: Option<Location>) -> Result<(), Code> {
        let (base, folded) = self.base_of(Some(before));
        let (header, at) = self.seal(before.id, base, &OpBody::Tombstone)?;
        let entry = Entry {
            before_delete: kept,
            ..Entry::tombstone(&header, at, Some(before))
        };
        self.replace(folded, entry);
        Ok(())
    }

    /// Stages an entry in the place of the record's earlier one, and takes
    /// operations out of the outbox that it makes needless.
    pub(crate) fn replace(&mut self, folded: Vec<Unsent>, entry: Entry) {
        self.stage.sent.extend(folded);
        self.stage.entries.push(entry);
    }

    fn new_id(&mut self) -> RecordId {
        let mut random = [0; 16];
        self.rng.fill_bytes(&mut random);
        RecordId::from_random(random)
    }

    /// Stages new records.
    pub(crate) fn put(
        mut self,
        request: RequestId,
        records: Vec<NewRecord>,
    ) -> Result<Staged, Code> {
        let mut ids = Vec::with_capacity(records.len());
        for record in records {
            let id = self.new_id();
            let body = RecordBody {
                kind: record.kind,
                title: record.title,
                text: record.text,
                tags: record.tags,
                created_ms: self.author.now_ms,
                updated_ms: self.author.now_ms,
                source: None,
                conflict_of: None,
            };
            self.write(id, body, Touched::Edited)?;
            ids.push(id);
        }
        Ok(Staged {
            stage: self.finish()?,
            outcome: Outcome::Saved { request, ids },
        })
    }

    /// Stages a new revision; nothing if it says what the last one says.
    pub(crate) fn save(
        mut self,
        request: RequestId,
        id: RecordId,
        patch: Patch,
    ) -> Result<Staged, Code> {
        let before = self.open.open_record(&id)?;
        let mut ids = vec![id];
        let mut body = before.clone();
        body.title = patch.title.unwrap_or(body.title);
        body.text = patch.text.unwrap_or(body.text);
        body.tags = patch.tags.unwrap_or(body.tags);
        body.kind = patch.kind.unwrap_or(body.kind);
        if body != before {
            body.updated_ms = self.author.now_ms.max(before.updated_ms);
            ids.extend(self.keep_unseen(id, patch.base, &body)?);
            self.write(id, body, Touched::Edited)?;
        }
        Ok(Staged {
            stage: self.finish()?,
            outcome: Outcome::Saved { request, ids },
        })
    }

    /// Another device's revision that came in while its predecessor was being
    /// edited here stays as a copy: the person who types has not seen it.
    fn keep_unseen(
        &mut self,
        id: RecordId,
        base: Option<OpId>,
        body: &RecordBody,
    ) -> Result<Option<RecordId>, Code> {
        let Some(entry) = self.open.catalogue.living(&id).cloned() else {
            return Ok(None);
        };
        let was_seen = base.is_none_or(|base| entry.is_or_says(base));
        if was_seen || entry.writer == self.author.device_id {
            return Ok(None);
        }
        conflict::keep_copy(self, &entry, &OpBody::Record(body.clone()))
    }

    /// Stages a record's end.
    pub(crate) fn delete(mut self, request: RequestId, id: RecordId) -> Result<Staged, Code> {
        let before = self
            .open
            .catalogue
            .living(&id)
            .ok_or(Code::UnknownRecord)?
            .clone();
        self.remove(&before, Some(before.at))?;
        Ok(Staged {
            stage: self.finish()?,
            outcome: Outcome::Saved {
                request,
                ids: vec![id],
            },
        })
    }

    /// Stages a deleted record's return.
    pub(crate) fn restore(mut self, request: RequestId, id: RecordId) -> Result<Staged, Code> {
        let entry = self.open.catalogue.entry(&id).ok_or(Code::UnknownRecord)?;
        let at = match (entry.deleted, entry.before_delete) {
            (false, _) => None,
            (true, Some(at)) => Some(at),
            (true, None) => return Err(Code::UnknownRecord),
        };
        if let Some(at) = at {
            let body = self.open.open_at(at)?;
            self.write(id, body, Touched::Edited)?;
        }
        Ok(Staged {
            stage: self.finish()?,
            outcome: Outcome::Saved {
                request,
                ids: vec![id],
            },
        })
    }

    /// Stages files. One that cannot be taken over does not keep the others.
    pub(crate) fn import(
        mut self,
        request: RequestId,
        files: Vec<ImportFile>,
    ) -> Result<Staged, Code> {
        let mut outcomes = Vec::with_capacity(files.len());
        let mut batch = Map::new();
        for file in files {
            let mark = self.open.vault.content_mark(&file.bytes);
            let outcome = match import::read(file, self.author.now_ms) {
                Ok(note) => self.take_over(note, mark, &mut batch)?,
                Err(code) => skipped(code),
            };
            outcomes.push(outcome);
        }
        let ids = outcomes
            .iter()
            .filter_map(|outcome| match outcome {
                ImportOutcome::Added { id } | ImportOutcome::Updated { id } => Some(*id),
                ImportOutcome::Unchanged { .. } | ImportOutcome::Skipped { .. } => None,
            })
            .collect();
        let outcome = Outcome::Imported {
            request,
            outcomes,
            ids,
        };
        Ok(Staged {
            stage: self.finish()?,
            outcome,
        })
    }

    /// The same path gives the same record, so that a folder can be imported
    /// again. Two files that share a path without being one note, such as
    /// `notes/readme.md` of two machines, are told apart by their titles.
    fn take_over(
        &mut self,
        note: ImportedNote,
        mark: u64,
        batch: &mut Map<RecordId, u64>,
    ) -> Result<ImportOutcome, Code> {
        for attempt in 0.. {
            let id = self.open.vault.import_record_id(&note.path, attempt);
            if let Some(&earlier) = batch.get(&id) {
                if earlier == mark {
                    return Ok(ImportOutcome::Unchanged { id });
                }
                continue;
            }
            let Some(entry) = self.open.catalogue.entry(&id) else {
                batch.insert(id, mark);
                self.write_note(id, note, mark, None)?;
                return Ok(ImportOutcome::Added { id });
            };
            if entry.deleted {
                batch.insert(id, mark);
                self.write_note(id, note, mark, None)?;
                return Ok(ImportOutcome::Added { id });
            }
            if entry.source_mark == Some(mark) {
                batch.insert(id, mark);
                return Ok(ImportOutcome::Unchanged { id });
            }
            if entry.title != note.title {
                continue;
            }
            if entry.touched == Touched::Edited {
                return Ok(skipped(Code::ImportEdited));
            }
            let created_ms = entry.created_ms;
            batch.insert(id, mark);
            self.write_note(id, note, mark, Some(created_ms))?;
            return Ok(ImportOutcome::Updated { id });
        }
        Err(Code::Internal)
    }

    fn write_note(
        &mut self,
        id: RecordId,
        note: ImportedNote,
        mark: u64,
        created_ms: Option<u64>,
    ) -> Result<(), Code> {
        let body = RecordBody {
            kind: note.kind,
            title: note.title,
            text: note.text,
            tags: note.tags,
            created_ms: created_ms.unwrap_or(note.created_ms),
            updated_ms: note.updated_ms,
            source: Some(Source {
                path: note.path,
                content_mark: mark,
            }),
            conflict_of: None,
        };
        self.write(id, body, Touched::Pristine)
    }
}

fn skipped(code: Code) -> ImportOutcome {
    ImportOutcome::Skipped {
        code: code.as_str(),
        reason: code.sentence(),
    }
}
