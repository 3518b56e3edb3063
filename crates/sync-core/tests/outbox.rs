//! The outbox under every interleaving of edit, send, answer and failure.
//!
//! 1. The newest edit of every record reaches the server.
//! 2. An operation leaves the outbox only when the server holds it or a newer
//!    one that never met it took its place.
//! 3. The server never sees an edit as a conflict with its own device.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{MemoryVault, bytes, op, op_id, record};
use proptest::prelude::*;
use std::collections::BTreeMap;
use sync_core::message::{Refused, UploadResponse};
use sync_core::{BatchLimits, Delivery, Outbox, Pending, Standing};
use vault_types::{Code, Op, OpId, OpaqueBytes};

#[derive(Debug, Clone)]
enum Step {
    Edit {
        record: u8,
    },
    Send,
    /// The server stores the batch and its answer arrives.
    Answer,
    /// The server stores the batch and its answer is lost.
    AnswerLost,
    NotSent,
    /// The device learns of its own operations by a download.
    Download,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..4_u8).prop_map(|record| Step::Edit { record }),
        3 => Just(Step::Send),
        2 => Just(Step::Answer),
        1 => Just(Step::AnswerLost),
        1 => Just(Step::NotSent),
        1 => Just(Step::Download),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 0..120)
}

/// A device: its storage, its outbox, and what it last wrote of each record.
#[derive(Default)]
struct Device {
    outbox: Outbox<()>,
    stored: Vec<Op>,
    newest: BTreeMap<u8, OpId>,
    edits: u8,
}

fn pending(op: &Op) -> Pending<()> {
    Pending {
        op_id: op.header.op_id,
        record_id: op.header.record_id,
        base: op.header.base,
        len: op.encode().len(),
        payload: (),
    }
}

impl Device {
    fn edit(&mut self, number: u8) {
        self.edits += 1;
        let base = match self.outbox.foldable(record(number)) {
            Some(old) => old.base,
            None => self.newest.get(&number).copied(),
        };
        let edit = op(self.edits, number, base);
        self.newest.insert(number, edit.header.op_id);
        self.stored.push(edit.clone());
        if let Some(folded) = self.outbox.push(pending(&edit)) {
            self.forget(&[folded]);
        }
    }

    fn forget(&mut self, gone: &[Pending<()>]) {
        self.stored
            .retain(|op| gone.iter().all(|gone| gone.op_id != op.header.op_id));
    }

    fn batch(&self) -> Vec<OpaqueBytes> {
        let batch = self.outbox.in_flight();
        let find = |op_id| self.stored.iter().find(|op| op.header.op_id == op_id);
        batch
            .iter()
            .map(|pending| bytes(find(pending.op_id).expect("what is sent is stored")))
            .collect()
    }

    fn restart(&mut self) {
        self.outbox = Outbox::new();
        for op in &self.stored {
            self.outbox.restore(pending(op));
        }
    }
}

const SMALL: BatchLimits = BatchLimits {
    ops_max: 3,
    bytes_max: 1_000,
};

fn take(device: &mut Device, server: &mut MemoryVault, step: &Step) {
    match step {
        Step::Edit { record } => device.edit(*record),
        Step::Send => drop(device.outbox.next_batch(SMALL)),
        Step::Answer if device.outbox.is_sending() => {
            let response = server.upload(&device.batch());
            assert!(response.conflicts.is_empty(), "{response:?}");
            assert!(response.refused.is_empty());
            let settled = device.outbox.settle(&response);
            device.forget(&settled.acknowledged);
        }
        Step::AnswerLost => {
            let response = server.upload(&device.batch());
            assert!(response.conflicts.is_empty(), "{response:?}");
            device.outbox.fail(Delivery::Unknown);
        }
        Step::NotSent => device.outbox.fail(Delivery::NotSent),
        Step::Download => {
            let held = server.ops.iter().map(|(op, _)| op.header.op_id);
            let gone = device.outbox.confirm(held);
            device.forget(&gone);
        }
        Step::Restart => device.restart(),
        Step::Answer => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn no_edit_is_lost_under_any_interleaving(steps in steps()) {
        let mut device = Device::default();
        let mut server = MemoryVault::default();
        for step in &steps {
            take(&mut device, &mut server, step);
            prop_assert_eq!(device.outbox.len(), device.stored.len());
        }
        device.outbox.fail(Delivery::Unknown);
        for _ in 0..200 {
            if device.outbox.next_batch(SMALL).is_none() {
                break;
            }
            take(&mut device, &mut server, &Step::Answer);
        }
        prop_assert!(device.outbox.is_empty());
        for (number, newest) in &device.newest {
            let mut of_record = server.ops.iter().rev();
            let head = of_record.find(|(op, _)| op.header.record_id == record(*number));
            prop_assert_eq!(head.map(|(op, _)| op.header.op_id), Some(*newest));
        }
    }
}

fn answer(refused: Vec<Refused>) -> UploadResponse {
    let mut server = MemoryVault::default();
    let mut response = server.upload(&[]);
    response.refused = refused;
    response
}

#[test]
fn an_unsent_edit_is_folded_and_one_on_its_way_is_not() {
    let mut outbox = Outbox::new();
    assert_eq!(outbox.push(pending(&op(1, 1, None))), None);
    let folded = outbox.push(pending(&op(2, 1, None)));
    assert_eq!(folded.map(|old| old.op_id), Some(op_id(1)));
    outbox.next_batch(BatchLimits::default()).unwrap();
    assert_eq!(outbox.foldable(record(1)), None);
    assert_eq!(outbox.push(pending(&op(3, 1, Some(op_id(2))))), None);
    assert_eq!(outbox.len(), 2);
}

#[test]
fn an_edit_that_may_have_arrived_is_never_folded_again() {
    let mut outbox = Outbox::new();
    outbox.push(pending(&op(1, 1, None)));
    outbox.next_batch(BatchLimits::default()).unwrap();
    outbox.fail(Delivery::Unknown);
    outbox.next_batch(BatchLimits::default()).unwrap();
    outbox.fail(Delivery::NotSent);
    assert_eq!(outbox.standing(op_id(1)), Some(Standing::Unsure));
    assert_eq!(outbox.foldable(record(1)), None);
    assert_eq!(outbox.withdraw(op_id(1)), None);
}

#[test]
fn an_edit_with_another_base_is_kept_beside_the_old_one() {
    let mut outbox = Outbox::new();
    outbox.push(pending(&op(1, 1, None)));
    assert_eq!(outbox.push(pending(&op(2, 1, Some(op_id(1))))), None);
    assert_eq!(outbox.len(), 2);
}

#[test]
fn edits_made_from_each_other_fold_together_as_far_as_none_may_have_arrived() {
    let mut outbox = Outbox::new();
    outbox.push(pending(&op(1, 1, None)));
    outbox.next_batch(BatchLimits::default()).unwrap();
    outbox.fail(Delivery::Unknown);
    outbox.push(pending(&op(2, 1, Some(op_id(1)))));
    outbox.push(pending(&op(3, 1, Some(op_id(2)))));
    let run = |outbox: &Outbox<()>| -> Vec<OpId> {
        let run = outbox.foldable_run(record(1));
        run.iter().map(|pending| pending.op_id).collect()
    };
    assert_eq!(run(&outbox), [op_id(2), op_id(3)]);
    outbox.next_batch(BatchLimits::default()).unwrap();
    assert_eq!(run(&outbox), []);
    let refused = (0..3).map(|index| Refused {
        index,
        op_id: None,
        code: Code::ClockAhead,
    });
    outbox.settle(&answer(refused.collect()));
    assert_eq!(run(&outbox), [op_id(1), op_id(2), op_id(3)]);
    // One that was made from something else is no part of it.
    outbox.push(pending(&op(4, 1, None)));
    assert_eq!(run(&outbox), [op_id(4)]);
}

#[test]
fn one_batch_at_a_time_within_its_limits_and_in_order() {
    let mut outbox = Outbox::new();
    for number in 1..6 {
        outbox.push(pending(&op(number, number, None)));
    }
    let one_op = op(1, 1, None).encode().len();
    let limits = BatchLimits {
        ops_max: 9,
        bytes_max: 2 * one_op,
    };
    let batch: Vec<OpId> = outbox
        .next_batch(limits)
        .unwrap()
        .iter()
        .map(|pending| pending.op_id)
        .collect();
    assert_eq!(batch, [op_id(1), op_id(2)]);
    assert_eq!(outbox.next_batch(limits), None);
}

#[test]
fn an_operation_beyond_the_limit_goes_alone() {
    let mut outbox = Outbox::new();
    outbox.push(pending(&op(1, 1, None)));
    outbox.push(pending(&op(2, 2, None)));
    let limits = BatchLimits {
        ops_max: 9,
        bytes_max: 1,
    };
    assert_eq!(outbox.next_batch(limits).unwrap().len(), 1);
}

#[test]
fn a_refused_operation_holds_up_its_own_record_only() {
    let mut outbox = Outbox::new();
    for (number, of) in [(1, 1), (2, 2)] {
        outbox.push(pending(&op(number, of, None)));
    }
    outbox.next_batch(BatchLimits::default()).unwrap();
    outbox.push(pending(&op(3, 1, Some(op_id(1)))));
    let settled = outbox.settle(&answer(vec![Refused {
        index: 0,
        op_id: None,
        code: Code::ClockAhead,
    }]));
    assert_eq!(settled.refused, [(op_id(1), Code::ClockAhead)]);
    assert_eq!(outbox.refused_len(), 1);
    let next: Vec<OpId> = outbox
        .next_batch(BatchLimits::default())
        .unwrap()
        .iter()
        .map(|pending| pending.op_id)
        .collect();
    assert_eq!(next, [op_id(2)], "what the answer left out is sent again");
    outbox.fail(Delivery::NotSent);
    outbox.retry_refused();
    assert_eq!(outbox.next_batch(BatchLimits::default()).unwrap().len(), 3);
}

#[test]
fn the_same_operation_is_not_taken_twice() {
    let mut outbox = Outbox::new();
    outbox.push(pending(&op(1, 1, None)));
    outbox.push(pending(&op(1, 1, None)));
    outbox.restore(pending(&op(1, 1, None)));
    assert_eq!(outbox.len(), 1);
}
