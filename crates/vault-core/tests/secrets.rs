//! Secrets cannot be copied, serialized or printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, identity, stretched, unlocked};
use vault_core::{
    DeviceSecret, HeldKek, Passphrase, Policy, RecoveryCode, RecoveryVerifier, SlotKey,
    StretchedKey, TypedGroup, UnlockedVault,
};

/// Does not compile if the type has the trait: two candidates for `choose`.
macro_rules! lacks {
    ($secret:ty, $($capability:path),*) => {$(
        const _: () = {
            trait Ambiguous<A> {
                fn choose() {}
            }
            struct Present;
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $capability> Ambiguous<Present> for T {}
            let _ = <$secret as Ambiguous<_>>::choose;
        };
    )*};
}
macro_rules! secrets {
    ($($secret:ty),*) => {$(
        lacks!(
            $secret,
            Clone,
            serde::Serialize,
            core::fmt::Display,
            PartialEq
        );
    )*};
}
secrets!(
    Passphrase,
    StretchedKey,
    RecoveryCode,
    RecoveryVerifier,
    TypedGroup,
    DeviceSecret,
    SlotKey,
    HeldKek,
    UnlockedVault
);

#[test]
fn debug_of_every_secret_shows_nothing() {
    let (_, _, request) = create(identity(), Policy::V1, 7);
    let key = stretched(&request, 0xab);
    assert_eq!(format!("{key:?}"), "StretchedKey(..)");
    let passphrase = Passphrase::new("canary canary").unwrap();
    assert_eq!(format!("{passphrase:?}"), "Passphrase(..)");
    assert_eq!(format!("{:?}", unlocked(Policy::V1)), "UnlockedVault(..)");
}
