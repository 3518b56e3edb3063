//! Which key slots count: a server that offers older ones is refused.

use crate::support::{Meddling, Server, first_device};
use sync_core::endpoint;
use sync_core::message::PollResponse;
use vault_types::Generation;

#[test]
fn a_server_that_announces_older_slots_is_refused() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Kept", "kept1 text");
    net.borrow_mut().meddler = Some(Box::new(|request| {
        if request.path != endpoint::POLL {
            return Meddling::Pass;
        }
        Meddling::AlterWith(Box::new(|mut response| {
            let mut poll: PollResponse = sync_core::decode(&response.body).unwrap();
            poll.slots_generation = Generation(0);
            response.body = sync_core::encode(&poll).unwrap();
            response
        }))
    }));
    assert_eq!(device.sync().code, Some("slots_rolled_back"));
    assert_eq!(net.borrow_mut().vault().ops.len(), 0);
    net.borrow_mut().meddler = None;
    device.sync_well();
    assert_eq!(device.text(id), "kept1 text");
}
