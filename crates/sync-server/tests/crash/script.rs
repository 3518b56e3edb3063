//! What a device asks of the server, request by request, and what must be there
//! afterwards.

use crate::client::{Client, Device};
use crate::process::Server;
use sync_core::History;
use sync_core::message::{ReplaceSlots, Session, SlotList, VaultInfo};
use sync_core::{decode, encode, endpoint};
use vault_types::{Cursor, Generation, Op, OpId, OpaqueBytes};

/// Requests of a segment.
pub(crate) const SEGMENT: usize = 50;
pub(crate) const SEGMENTS: usize = 20;
/// Each so many'th request replaces the key slots instead of uploading.
const SLOTS_EVERY: usize = 25;
/// Operations of an upload, one after the other.
const OPS: [u32; 4] = [1, 3, 1, 8];

/// The script, of one device.
pub(crate) struct Script {
    cookie: String,
    session: Session,
    vault: VaultInfo,
    requests: Vec<Request>,
}

/// A request.
#[derive(Clone)]
pub(crate) enum Request {
    /// Operations, and the place of the first.
    Upload(VaultInfo, Vec<Op>, Cursor),
    /// New key slots.
    Slots(Generation),
}

impl Script {
    /// Signs the device in and makes its vault.
    pub(crate) fn begin(server: &Server) -> Self {
        let (device, vault) = Device::first(server);
        let mut requests = Vec::new();
        let (mut number, mut generation) = (0, vault.slots_generation);
        for at in 1..=SEGMENT * SEGMENTS {
            if at % SLOTS_EVERY == 0 {
                generation = generation.next();
                requests.push(Request::Slots(generation));
                continue;
            }
            let count = OPS[at % OPS.len()];
            let ops = (number..number + count).map(|number| device.op(number));
            let place = Cursor(u64::from(number) + 1);
            requests.push(Request::Upload(vault.clone(), ops.collect(), place));
            number += count;
        }
        Self {
            cookie: device.client.cookie().to_owned(),
            session: device.session,
            vault,
            requests,
        }
    }

    /// The device at a server of this or a later life.
    pub(crate) fn device(&self, server: &Server) -> Device {
        Device {
            client: Client::new(server).with_cookie(&self.cookie),
            session: self.session.clone(),
        }
    }

    /// The requests of a segment.
    pub(crate) fn of_segment(&self, number: usize) -> Vec<Request> {
        self.requests[number * SEGMENT..(number + 1) * SEGMENT].to_vec()
    }

    /// That everything acknowledged is there, and of the next request all or
    /// nothing.
    pub(crate) fn verify(&self, server: &Server, done: usize) {
        let (held, generation) = self.held(server);
        let (expected, slots) = self.expected(done);
        let (or, or_slots) = self.expected((done + 1).min(self.requests.len()));
        assert!(held == expected || held == or, "{} of {done}", held.len());
        assert!(generation == slots || generation == or_slots);
    }

    /// That exactly the first `done` requests are there.
    pub(crate) fn verify_all(&self, server: &Server, done: usize) {
        assert_eq!(self.held(server), self.expected(done));
    }

    fn expected(&self, done: usize) -> (Vec<OpId>, Generation) {
        let mut ops = Vec::new();
        let mut generation = self.vault.slots_generation;
        for request in &self.requests[..done] {
            match request {
                Request::Upload(_, uploaded, _) => {
                    ops.extend(uploaded.iter().map(|op| op.header.op_id));
                }
                Request::Slots(new) => generation = *new,
            }
        }
        (ops, generation)
    }

    /// The history, whose chain is verified, in its order.
    fn held(&self, server: &Server) -> (Vec<OpId>, Generation) {
        let device = self.device(server);
        let mut history = History::start(self.vault.server_epoch);
        let mut ops = Vec::new();
        loop {
            let page = device.download(&self.vault, history.head().cursor);
            let more = page.more;
            for accepted in &page.changes {
                ops.push(Op::parse(accepted.op.as_slice()).unwrap().header.op_id);
            }
            history = history.extend(page).unwrap().0;
            if !more {
                break;
            }
        }
        let slots: SlotList = device.client.request(endpoint::SLOTS).json();
        (ops, slots.slots_generation)
    }
}

impl Request {
    /// Sends it; false if it was not acknowledged.
    pub(crate) fn send(&self, device: &Device) -> bool {
        match self {
            Self::Upload(vault, ops, place) => {
                let request = device.upload_request(vault, ops);
                let headers = [
                    ("content-type", endpoint::MSGPACK),
                    ("accept", endpoint::MSGPACK),
                ];
                let body = encode(&request).unwrap();
                let answer = device
                    .client
                    .try_send("POST", endpoint::UPLOAD, &headers, &body);
                let Some(answer) = answer.filter(|answer| answer.status == 200) else {
                    return false;
                };
                let response: sync_core::message::UploadResponse = decode(&answer.body).unwrap();
                assert_eq!(response.applied[0].cursor, *place);
                assert_eq!(response.applied.len(), ops.len());
                true
            }
            Self::Slots(generation) => {
                let slots = ReplaceSlots::from(SlotList {
                    slots_generation: *generation,
                    slot_list: OpaqueBytes::new(vec![6; 900]),
                });
                let headers = [("content-type", endpoint::JSON)];
                let body = serde_json::to_vec(&slots).unwrap();
                let answer = device
                    .client
                    .try_send("PUT", endpoint::SLOTS, &headers, &body);
                // A conflict is what a repeated request finds that had
                // succeeded.
                answer.is_some_and(|answer| matches!(answer.status, 200 | 204 | 409))
            }
        }
    }
}
