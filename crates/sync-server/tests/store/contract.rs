//! The facts, over any store.

use sync_core::message::{ReplaceSlots, SlotList};
use sync_core::{Head, History};
use sync_server::store::{
    AddLink, LinkAdded, NewVault, Page, PageQuery, SessionFound, SessionRow, SignIn, SignInOutcome,
    Store, StoreError, TokenHash, Upload, VaultCreated, VaultRefusal, WhenFull,
};
use vault_types::{
    AccountId, Code, Cursor, DeviceId, Epoch, Generation, Op, OpHeader, OpId, OpaqueBytes,
    PolicyVersion, RecordId, SealedBytes, Seen, Stamp, VaultId, limits,
};

pub(crate) const NOW_MS: u64 = 1_700_000_000_000;
pub(crate) const VAULT: VaultId = VaultId::from_random([2; 16]);

pub(crate) const fn hash(number: u8) -> TokenHash {
    TokenHash::from_bytes([number; 32])
}

pub(crate) const fn device(number: u8) -> DeviceId {
    DeviceId::from_random([number; 16])
}

pub(crate) async fn add_link<S: Store>(
    store: &S,
    number: u8,
    now_ms: u64,
    when_full: WhenFull,
) -> LinkAdded {
    let link = AddLink {
        token_hash: hash(number),
        account_id: store.owner(),
        now_ms,
        when_full,
    };
    store.add_link(link).await.unwrap()
}

pub(crate) async fn sign_in<S: Store>(
    store: &S,
    link: u8,
    number: u8,
    now_ms: u64,
) -> SignInOutcome {
    let sign_in = SignIn {
        link_hash: hash(link),
        session_hash: hash(100 + number),
        device_id: device(number),
        device_name: format!("device {number}"),
        now_ms,
    };
    store.sign_in(sign_in).await.unwrap()
}

pub(crate) async fn create_vault<S: Store>(store: &S) -> VaultCreated {
    let vault = NewVault {
        vault_id: VAULT,
        policy_version: PolicyVersion(1),
        slots: SlotList {
            slots_generation: Generation(1),
            slot_list: OpaqueBytes::new(vec![1]),
        },
        now_ms: NOW_MS,
    };
    store.create_vault(store.owner(), vault).await.unwrap()
}

pub(crate) fn slot_list(generation: u64) -> SlotList {
    SlotList {
        slots_generation: Generation(generation),
        slot_list: OpaqueBytes::new(vec![9; 9]),
    }
}

pub(crate) fn op(device_number: u8, number: u8) -> OpaqueBytes {
    let mut random = [device_number; 10];
    random[9] = number;
    let op = Op {
        header: OpHeader {
            op_id: OpId::from_parts(NOW_MS, random),
            record_id: RecordId::from_random([number; 16]),
            device_id: device(device_number),
            base: None,
            deleted: false,
            standard_kind: None,
            policy: PolicyVersion(1),
            epoch: Epoch(1),
            stamp: Stamp {
                wall_ms: NOW_MS,
                counter: 0,
            },
            seen: Seen::default(),
        },
        body: SealedBytes::new(vec![number; 50]),
    };
    OpaqueBytes::new(op.encode())
}

pub(crate) fn upload<S: Store>(store: &S, device_number: u8, changes: Vec<OpaqueBytes>) -> Upload {
    Upload {
        account_id: store.owner(),
        vault_id: VAULT,
        device_id: device(device_number),
        now_ms: NOW_MS,
        changes,
    }
}

pub(crate) async fn verified_head<S: Store>(store: &S) -> Head {
    let mut history = History::start(store.server_epoch());
    loop {
        let query = PageQuery {
            account_id: store.owner(),
            vault_id: VAULT,
            since: history.head().cursor,
            ops_max: 7,
            bytes_max: limits::BATCH_BYTES_MAX,
        };
        let Page::Found(page) = store.page(query).await.unwrap() else {
            panic!("the vault is there");
        };
        let more = page.more;
        history = history.extend(page).unwrap().0;
        if !more {
            return history.head();
        }
    }
}

pub(crate) async fn a_link_lets_one_device_in_once<S: Store>(store: &S) {
    add_link(store, 1, NOW_MS, WhenFull::Refuse).await;
    let outcome = sign_in(store, 1, 1, NOW_MS).await;
    let row = SessionRow {
        account_id: store.owner(),
        device_id: device(1),
        last_used_ms: NOW_MS,
        signed_in_ms: NOW_MS,
    };
    assert_eq!(outcome, SignInOutcome::SignedIn(row));
    assert_eq!(
        store.session(hash(101), NOW_MS).await,
        Ok(SessionFound::Live(row))
    );
    add_link(store, 2, NOW_MS, WhenFull::Refuse).await;
    let tries = (2..6).map(|number| sign_in(store, 2, number, NOW_MS));
    let outcomes = join_all(tries.collect()).await;
    let invalid = |outcome: &&SignInOutcome| **outcome == SignInOutcome::LinkInvalid;
    assert_eq!(outcomes.iter().filter(invalid).count(), 3, "{outcomes:?}");
    assert_eq!(store.devices(store.owner()).await.unwrap().len(), 2);
    store.sign_out(hash(101)).await.unwrap();
    let gone = store.session(hash(101), NOW_MS).await;
    assert_eq!(gone, Ok(SessionFound::Unknown));
}

pub(crate) async fn a_link_ends_with_its_time<S: Store>(store: &S) {
    let added = add_link(store, 1, NOW_MS, WhenFull::Refuse).await;
    let end = NOW_MS + limits::LINK_LIFE_S * 1000;
    assert_eq!(added, LinkAdded::Open { expires_at_ms: end });
    assert_eq!(sign_in(store, 1, 1, end).await, SignInOutcome::LinkInvalid);
    let just_in_time = sign_in(store, 1, 1, end - 1).await;
    assert!(matches!(just_in_time, SignInOutcome::SignedIn(_)));
}

pub(crate) async fn the_oldest_link_gives_way_to_the_console_only<S: Store>(store: &S) {
    let open = u8::try_from(limits::OPEN_LINKS_MAX).unwrap();
    for number in 0..open {
        add_link(store, number, NOW_MS + u64::from(number), WhenFull::Refuse).await;
    }
    let refused = add_link(store, 50, NOW_MS + 50, WhenFull::Refuse).await;
    assert_eq!(refused, LinkAdded::TooMany);
    let console = add_link(store, 51, NOW_MS + 51, WhenFull::CloseOldest).await;
    assert!(matches!(console, LinkAdded::Open { .. }));
    let oldest = sign_in(store, 0, 1, NOW_MS + 60).await;
    assert_eq!(oldest, SignInOutcome::LinkInvalid);
    for number in [1, 51] {
        let outcome = sign_in(store, number, number, NOW_MS + 60).await;
        assert!(matches!(outcome, SignInOutcome::SignedIn(_)));
    }
}

pub(crate) async fn a_session_ends_with_its_time_unless_it_is_used<S: Store>(store: &S) {
    const LIFE_MS: u64 = limits::SESSION_LIFE_S * 1000;
    add_link(store, 1, NOW_MS, WhenFull::Refuse).await;
    sign_in(store, 1, 1, NOW_MS).await;
    let end = NOW_MS + LIFE_MS;
    let found = store.session(hash(101), end).await;
    assert_eq!(found, Ok(SessionFound::Expired));
    store.touch_session(hash(101), end - 1).await.unwrap();
    let found = store.session(hash(101), end).await.unwrap();
    let SessionFound::Live(row) = found else {
        panic!("it was used just in time: {found:?}");
    };
    assert_eq!(row.last_used_ms, end - 1);
    let devices = store.devices(store.owner()).await.unwrap();
    assert_eq!(devices[0].last_seen_ms, end - 1);
}

pub(crate) async fn an_account_has_so_many_devices_and_no_more<S: Store>(store: &S) {
    let greatest = u8::try_from(limits::DEVICES_MAX).unwrap();
    for number in 1..=greatest {
        add_link(store, 1, NOW_MS, WhenFull::Refuse).await;
        let outcome = sign_in(store, 1, number, NOW_MS).await;
        assert!(matches!(outcome, SignInOutcome::SignedIn(_)), "{number}");
    }
    add_link(store, 1, NOW_MS, WhenFull::Refuse).await;
    assert_eq!(
        sign_in(store, 1, greatest + 1, NOW_MS).await,
        SignInOutcome::TooManyDevices
    );
    let again = sign_in(store, 1, greatest, NOW_MS).await;
    assert!(
        matches!(again, SignInOutcome::SignedIn(_)),
        "the link is open"
    );
}

pub(crate) async fn an_account_has_one_vault<S: Store>(store: &S) {
    assert_eq!(store.vault(store.owner()).await, Ok(None));
    let VaultCreated::Created(made) = create_vault(store).await else {
        panic!("there was none");
    };
    assert_eq!(create_vault(store).await, VaultCreated::Exists);
    assert_eq!(store.vault(store.owner()).await, Ok(Some(made)));
    let stranger = AccountId::from_random([66; 16]);
    assert_eq!(store.vault(stranger).await, Ok(None));
    let foreign = Upload {
        account_id: stranger,
        ..upload(store, 1, vec![op(1, 1)])
    };
    let refused = store.upload(foreign).await;
    assert_eq!(refused, Ok(Err(VaultRefusal::UnknownVault)));
    assert_eq!(verified_head(store).await, Head::default());
}

pub(crate) async fn slots_follow_generation_by_generation<S: Store>(store: &S) {
    let slots = |generation| ReplaceSlots::from(slot_list(generation));
    let owner = store.owner();
    let early = store.replace_slots(owner, slots(2)).await;
    assert_eq!(early, Ok(Err(VaultRefusal::NoVault)));
    create_vault(store).await;
    for generation in [0, 1, 3] {
        let outcome = store.replace_slots(owner, slots(generation)).await;
        assert_eq!(outcome, Ok(Err(VaultRefusal::SlotsConflict)));
    }
    let outcome = store.replace_slots(owner, slots(2)).await;
    assert_eq!(outcome, Ok(Ok(())));
    assert_eq!(store.slots(owner).await, Ok(Some(slot_list(2))));
}

pub(crate) async fn a_history_is_dense_and_idempotent<S: Store>(store: &S) {
    create_vault(store).await;
    let changes: Vec<OpaqueBytes> = (0..20).map(|number| op(1, number)).collect();
    let first = store.upload(upload(store, 1, changes.clone()));
    let first = first.await.unwrap().unwrap();
    let again = store.upload(upload(store, 1, changes));
    let again = again.await.unwrap().unwrap();
    assert_eq!(again.applied, first.applied);
    assert_eq!(again.previous, first.head());
    let other = store.upload(upload(store, 2, vec![op(1, 50)])).await;
    assert_eq!(other.unwrap().unwrap().refused[0].code, Code::WrongDevice);
    assert_eq!(verified_head(store).await, first.head());
    assert_eq!(first.server_cursor, Cursor(20));
}

pub(crate) async fn uploads_at_once_are_ordered_without_a_gap<S: Store>(store: &S) {
    create_vault(store).await;
    let mut uploads = Vec::new();
    for device_number in 1..=8 {
        for number in 0..20 {
            uploads.push(store.upload(upload(
                store,
                device_number,
                vec![op(device_number, number)],
            )));
        }
    }
    let mut cursors = Vec::new();
    for answer in join_all(uploads).await {
        cursors.push(answer.unwrap().unwrap().applied[0].cursor.0);
    }
    cursors.sort_unstable();
    assert_eq!(cursors, (1..=160).collect::<Vec<_>>());
    assert_eq!(verified_head(store).await.cursor, Cursor(160));
}

pub(crate) async fn an_upload_whose_caller_went_is_whole_or_not_there<S: Store>(store: &S) {
    create_vault(store).await;
    for number in 0..20 {
        let changes = vec![op(1, 2 * number), op(1, 2 * number + 1)];
        let call = store.upload(upload(store, 1, changes));
        // Polled once, then dropped, as when a client hangs up.
        let _ = tokio::time::timeout(std::time::Duration::ZERO, call).await;
    }
    // Queued behind whatever is still being written.
    store.check().await.unwrap();
    let head = verified_head(store).await;
    assert_eq!(head.cursor.0 % 2, 0);
    let all: Vec<OpaqueBytes> = (0..40).map(|number| op(1, number)).collect();
    let response = store.upload(upload(store, 1, all)).await.unwrap().unwrap();
    assert_eq!(response.previous, head);
    assert_eq!(response.server_cursor, Cursor(40));
}

pub(crate) async fn a_closed_store_refuses_and_does_not_hang<S: Store>(store: &S) {
    create_vault(store).await;
    store.close().await;
    let late = store.upload(upload(store, 1, vec![op(1, 1)])).await;
    assert_eq!(late, Err(StoreError::Stopped));
    assert_eq!(store.vault(store.owner()).await, Err(StoreError::Stopped));
    store.close().await;
}

/// Drives all at once on one task.
pub(crate) async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}
