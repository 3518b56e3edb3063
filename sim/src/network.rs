//! What lies between the devices and the server, and the server's own time:
//! messages are lost, doubled, late; uploads are committed together.

use crate::counts::Kind;
use crate::device::Device;
use crate::liar::Lie;
use crate::plan::Sabotage;
use crate::server::{Cookie, Said, read};
use crate::world::{Happening, World};
use sync_core::endpoint;
use sync_core::message::{UploadRequest, UploadResponse};
use vault_engine::{EffectId, Event, Request, Response, Unreachable};

/// How long a message usually takes.
const LATENCY_MS: u64 = 60;

/// Who asked, by which effect of which process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) device: usize,
    pub(crate) life: u32,
    pub(crate) id: EffectId,
}

/// A request on its way.
#[derive(Clone)]
pub(crate) struct Parcel {
    from: Sender,
    cookie: Option<Cookie>,
    request: Request,
}

/// An answer on its way.
pub(crate) struct Reply {
    to: Sender,
    response: Response,
    cookie: Option<Cookie>,
    is_upload: bool,
    /// What about it is not true.
    lie: Option<Lie>,
}

impl World {
    /// A device asks the server.
    pub(crate) fn send(&mut self, device: usize, id: EffectId, request: Request) {
        self.counts.add(Kind::Request);
        *self.requests.entry(request.path.clone()).or_default() += 1;
        self.note_exchange(device, id, &request);
        let it = &mut self.devices[device];
        it.in_flight.insert(id);
        let from = Sender {
            device,
            life: it.life,
            id,
        };
        let cookie = it.cookie;
        self.plan_in(u64::from(request.deadline_ms), Happening::GiveUp(from));
        let weather = self.plan.weather;
        let lost = !self.calm && self.dice.chance(weather.request_lost);
        if lost || self.devices[device].cut_off {
            if lost {
                self.counts.add(Kind::RequestLost);
            }
            return self.not_through(from);
        }
        let parcel = Parcel {
            from,
            cookie,
            request,
        };
        if !self.calm && self.dice.chance(weather.duplicate) {
            self.counts.add(Kind::Duplicate);
            let late_ms = self.travel_ms() + self.dice.wait_ms(2_000, 120_000);
            self.plan_in(late_ms, Happening::Arrival(Box::new(parcel.clone())));
        }
        let travel_ms = self.travel_ms();
        self.plan_in(travel_ms, Happening::Arrival(Box::new(parcel)));
    }

    /// The device hears so soon, or only waits.
    fn not_through(&mut self, from: Sender) {
        if self.dice.chance(500) {
            self.plan_in(20, Happening::GiveUp(from));
        }
    }

    fn travel_ms(&mut self) -> u64 {
        if self.calm {
            return 5;
        }
        let usual_ms = self.dice.below(LATENCY_MS) + 1;
        if self.dice.chance(self.plan.weather.delay) {
            self.counts.add(Kind::Delay);
            usual_ms + self.dice.wait_ms(10_000, 120_000)
        } else {
            usual_ms
        }
    }

    /// A request reaches the server.
    pub(crate) fn arrive(&mut self, parcel: Parcel) {
        let Parcel {
            from,
            cookie,
            request,
        } = parcel;
        if !self.server_up {
            return self.not_through(from);
        }
        let is_upload = request.path == endpoint::UPLOAD;
        if is_upload && let Ok(upload) = read::<UploadRequest>(&request) {
            for change in &upload.changes {
                self.oracle.authored(change.as_slice());
            }
        }
        let of_round = match request.path.as_str() {
            endpoint::POLL => self.devices[from.device].round_poll == Some(from.id),
            endpoint::UPLOAD | endpoint::DOWNLOAD => true,
            _ => false,
        };
        let mut reply = Reply {
            to: from,
            response: Response {
                status: 0,
                media_type: String::new(),
                body: Vec::new(),
            },
            cookie: None,
            is_upload,
            lie: None,
        };
        let lies = of_round && !self.calm;
        if lies && let Some(lie) = self.liar.meddle(&mut self.server.log) {
            self.tell(|| format!("the server lies: {}", lie.name()));
            self.uncommitted.clear();
        }
        let now_ms = self.now_ms;
        let instead = self
            .liar
            .instead(&mut self.server, from.device, &request, now_ms);
        if let (true, Some((response, lie))) = (lies, instead) {
            self.tell(|| format!("the server lies to device {}: {}", from.device, lie.name()));
            self.counts.add(Kind::LieTold);
            (reply.response, reply.lie) = (response, Some(lie));
            return self.answer(reply);
        }
        match self.server.respond(cookie, &request, self.now_ms) {
            Said::Now(response, cookie) => {
                (reply.response, reply.cookie) = (response, cookie);
                let twisted = lies.then(|| {
                    let (log, response) = (&self.server.log, &mut reply.response);
                    self.liar.twist(log, from.device, &request, response)
                });
                if let Some(lie) = twisted.flatten() {
                    self.tell(|| {
                        format!("the server lies to device {}: {}", from.device, lie.name())
                    });
                    self.counts.add(Kind::LieTold);
                    reply.lie = Some(lie);
                }
                self.answer(reply);
            }
            Said::OnceCommitted(response) => {
                self.tell_upload(from.device, &response);
                reply.response = response;
                if self.plan.sabotage == Sabotage::EarlyAnswer {
                    let boot = self.boot;
                    self.plan_in(self.plan.commit_ms, Happening::Commit { boot });
                    return self.answer(reply);
                }
                if self.uncommitted.is_empty() {
                    let boot = self.boot;
                    self.plan_in(self.plan.commit_ms, Happening::Commit { boot });
                }
                self.uncommitted.push(reply);
            }
        }
    }

    fn tell_upload(&mut self, device: usize, response: &Response) {
        let Ok(answer) = sync_core::decode::<UploadResponse>(&response.body) else {
            return;
        };
        self.tell(|| {
            let applied: Vec<u64> = answer.applied.iter().map(|it| it.cursor.0).collect();
            let refused: Vec<String> = answer
                .refused
                .iter()
                .map(|it| {
                    format!(
                        "{} {}",
                        it.op_id.map_or_else(String::new, |id| id.to_string()),
                        it.code.as_str()
                    )
                })
                .collect();
            format!("the server takes {applied:?} of device {device}, refuses {refused:?}")
        });
    }

    /// The server's disk has what was uploaded: now it may be told.
    pub(crate) fn commit(&mut self) {
        self.server.log.commit();
        for reply in core::mem::take(&mut self.uncommitted) {
            self.answer(reply);
        }
    }

    fn answer(&mut self, reply: Reply) {
        let lost = !self.calm && self.dice.chance(self.plan.weather.answer_lost);
        if lost || self.devices[reply.to.device].cut_off {
            self.counts.add(Kind::AnswerLost);
            return self.not_through(reply.to);
        }
        let travel_ms = self.travel_ms();
        self.plan_in(travel_ms, Happening::Answer(Box::new(reply)));
    }

    /// An answer reaches its device.
    pub(crate) fn deliver(&mut self, reply: Reply) {
        let Sender { device, life, id } = reply.to;
        let it = &mut self.devices[device];
        if !waits(it, life, id) {
            return;
        }
        it.cookie = reply.cookie.or(it.cookie);
        let answer = sync_core::decode::<UploadResponse>(&reply.response.body);
        if let (true, None, Ok(answer)) = (reply.is_upload, reply.lie, answer) {
            for applied in answer.applied {
                self.oracle.promised(applied.op_id, device);
            }
        }
        if let Some(lie) = reply.lie {
            self.heard_lie(device, lie);
        }
        let result = Ok(reply.response);
        self.feed(device, Event::Received { id, result });
    }

    /// Nothing has come back, or it is known that nothing will.
    pub(crate) fn give_up(&mut self, sender: Sender) {
        let Sender { device, life, id } = sender;
        if waits(&mut self.devices[device], life, id) {
            let result = Err(Unreachable);
            self.feed(device, Event::Received { id, result });
        }
    }

    /// The server's process ends, and begins again after a while.
    pub(crate) fn crash_server(&mut self, back_in_ms: u64) {
        self.server.log.crash();
        self.boot += 1;
        self.server_up = false;
        for reply in core::mem::take(&mut self.uncommitted) {
            self.not_through(reply.to);
        }
        self.plan_in(back_in_ms, Happening::ServerUp);
    }
}

/// Whether a process still waits for that answer; it does not any more.
fn waits(device: &mut Device, life: u32, id: EffectId) -> bool {
    device.up && device.life == life && device.in_flight.remove(&id)
}
