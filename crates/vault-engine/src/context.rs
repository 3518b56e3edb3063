//! What one call of the engine works with: the time, randomness, and the
//! effects that it leaves.

use crate::command::{Answer, Notice, RequestId};
use crate::effect::{Change, Effect, EffectId, Flush, Method, Query, Request, Timer};
use crate::wait::Wait;
use rand_core::CryptoRng;
use vault_core::{KdfRequest, Passphrase};
use vault_types::{Map, limits};

/// Effects under way, and what goes on when their outcome arrives.
#[derive(Default)]
pub(crate) struct Waiting {
    next: u32,
    waits: Map<EffectId, Wait>,
}

impl Waiting {
    fn begin(&mut self, wait: Wait) -> EffectId {
        self.next = self.next.wrapping_add(1);
        let id = EffectId(self.next);
        self.waits.insert(id, wait);
        id
    }

    /// Takes up what waited for an effect; `None` if nobody does any more.
    pub(crate) fn end(&mut self, id: EffectId) -> Option<Wait> {
        self.waits.remove(&id)
    }

    /// Whether packs are being read that somebody will want to find together
    /// with those that are in memory.
    pub(crate) fn is_reading_packs(&self) -> bool {
        self.waits.values().any(|wait| {
            matches!(
                wait,
                Wait::JobPacks { .. }
                    | Wait::UploadPacks
                    | Wait::RecordPacks { .. }
                    | Wait::HitPacks { .. }
            )
        })
    }

    /// Whether the server is being told of a lock.
    pub(crate) fn is_telling_lock(&self) -> bool {
        self.waits
            .values()
            .any(|wait| matches!(wait, Wait::LockTold))
    }

    /// Whether the server is being told of the end of one.
    pub(crate) fn is_lifting_lock(&self) -> bool {
        let mut waits = self.waits.values();
        waits.any(|wait| matches!(wait, Wait::LockLifted))
    }

    /// Marks a job's transaction under way as one that nobody waits for any
    /// more. `false` if there is none.
    pub(crate) fn orphan_job_write(&mut self) -> bool {
        let mut waits = self.waits.values_mut();
        match waits.find(|wait| matches!(wait, Wait::JobWritten)) {
            Some(wait) => {
                *wait = Wait::LateWrite;
                true
            }
            None => false,
        }
    }

    /// Whether the keys are being changed.
    pub(crate) fn is_rekeying(&self) -> bool {
        self.waits.values().any(|wait| wait.rekeying().is_some())
    }

    /// Forgets what waits on behalf of an open vault; gives the requests that
    /// will have no other answer.
    pub(crate) fn forget_open(&mut self) -> Vec<RequestId> {
        let mut stopped = Vec::new();
        self.waits.retain(|_, wait| match wait {
            wait if wait.rekeying().is_some() => {
                stopped.extend(wait.rekeying());
                false
            }
            Wait::JobPacks { job, .. } => {
                stopped.extend(job.request());
                false
            }
            Wait::RecordPacks { request, .. } | Wait::HitPacks { request, .. } => {
                stopped.push(*request);
                false
            }
            Wait::Segments
            | Wait::JobWritten
            | Wait::UploadPacks
            | Wait::Polled
            | Wait::SlotsOfRound { .. }
            | Wait::PolicyAsked
            | Wait::Downloaded
            | Wait::Uploaded => false,
            _ => true,
        });
        stopped
    }
}

/// The time, randomness and effects of one call.
pub(crate) struct Context<'a, R> {
    pub(crate) now_ms: u64,
    pub(crate) rng: &'a mut R,
    pub(crate) effects: Vec<Effect>,
}

impl<R: CryptoRng> Context<'_, R> {
    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    pub(crate) fn answer(&mut self, request: RequestId, answer: impl Into<AnswerValue>) {
        self.effects.push(Effect::Answer {
            request,
            answer: answer.into().0,
        });
    }

    pub(crate) fn notify(&mut self, notice: Notice) {
        self.effects.push(Effect::Notify(notice));
    }

    pub(crate) fn write(&mut self, waiting: &mut Waiting, changes: Vec<Change>, wait: Wait) {
        let id = waiting.begin(wait);
        self.effects.push(Effect::Write {
            id,
            changes,
            flush: Flush::Strict,
        });
    }

    pub(crate) fn read(&mut self, waiting: &mut Waiting, queries: Vec<Query>, wait: Wait) {
        let id = waiting.begin(wait);
        self.effects.push(Effect::Read { id, queries });
    }

    pub(crate) fn send(
        &mut self,
        waiting: &mut Waiting,
        method: Method,
        path: impl Into<String>,
        body: Vec<u8>,
        wait: Wait,
    ) {
        let id = waiting.begin(wait);
        let request = Request {
            method,
            path: path.into(),
            body,
            deadline_ms: limits::CHECK_DEADLINE_MS as u32,
        };
        self.effects.push(Effect::Send { id, request });
    }

    /// Asks for something that is waited for no longer than that.
    pub(crate) fn send_within(
        &mut self,
        waiting: &mut Waiting,
        deadline_ms: u32,
        (method, path): (Method, &str),
        wait: Wait,
    ) {
        let id = waiting.begin(wait);
        let request = Request {
            method,
            path: path.to_owned(),
            body: Vec::new(),
            deadline_ms,
        };
        self.effects.push(Effect::Send { id, request });
    }

    pub(crate) fn stretch(
        &mut self,
        waiting: &mut Waiting,
        request: KdfRequest,
        passphrase: Passphrase,
        wait: Wait,
    ) {
        let id = waiting.begin(wait);
        self.effects.push(Effect::Stretch {
            id,
            request,
            passphrase,
        });
    }

    pub(crate) fn set_timer(&mut self, timer: Timer, at_ms: Option<u64>) {
        self.effects.push(Effect::SetTimer { timer, at_ms });
    }
}

/// Whatever can answer a request.
pub(crate) struct AnswerValue(Answer);

impl From<Answer> for AnswerValue {
    fn from(answer: Answer) -> Self {
        Self(answer)
    }
}

impl From<crate::command::Reply> for AnswerValue {
    fn from(reply: crate::command::Reply) -> Self {
        Self(Ok(reply))
    }
}

impl From<vault_types::Code> for AnswerValue {
    fn from(code: vault_types::Code) -> Self {
        Self(Err(code.into()))
    }
}
