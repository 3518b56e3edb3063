//! The messages between a device and a server, from either side.

use sync_core::message::{
    BeginRotation, CommitRotation, CreatePolicyRequest, CreateVaultRequest, CryptoPolicies,
    DeviceList, DownloadRequest, DownloadResponse, LockVaultRequest, LogoutEverywhereRequest,
    NewLink, PolicyDescription, PolicyList, PollResponse, Problem, RecoveryCodeList,
    ReplaceRecoveryCodes, ReplaceSlots, ResetVaultRequest, RevokeRecoveryCodes, RotationBegun,
    Session, SignInRequest, SlotList, UnlockVaultRequest, UploadRequest, UploadResponse,
    ValidateRecoveryCode, ValidatedRecoveryCode, VaultExtent, VaultInfo, VaultLock, VaultSettings,
};

macro_rules! messages {
    ($($message:ty),* $(,)?) => {
        const READERS: &[fn(&[u8])] = &[$(|bytes| {
            if let Ok(read) = sync_core::decode::<$message>(bytes) {
                let written = sync_core::encode(&read).expect("what was read can be written");
                let again = sync_core::decode::<$message>(&written);
                let rewritten = again.ok().and_then(|again| sync_core::encode(&again).ok());
                assert!(rewritten == Some(written));
            }
        }),*];
    };
}

messages!(
    SignInRequest,
    Session,
    NewLink,
    DeviceList,
    VaultInfo,
    CreateVaultRequest,
    SlotList,
    CryptoPolicies,
    UploadRequest,
    UploadResponse,
    DownloadRequest,
    DownloadResponse,
    PollResponse,
    Problem,
    LockVaultRequest,
    UnlockVaultRequest,
    VaultLock,
    VaultSettings,
    LogoutEverywhereRequest,
    ResetVaultRequest,
    RecoveryCodeList,
    ReplaceRecoveryCodes,
    RevokeRecoveryCodes,
    ValidateRecoveryCode,
    ValidatedRecoveryCode,
    BeginRotation,
    RotationBegun,
    VaultExtent,
    CommitRotation,
    PolicyList,
    PolicyDescription,
    CreatePolicyRequest,
    ReplaceSlots,
);

/// The first byte chooses the message. What is read is written and read again
/// as it was.
pub(crate) fn message(data: &[u8]) {
    if let Some((choice, bytes)) = data.split_first() {
        READERS[usize::from(*choice) % READERS.len()](bytes);
    }
}

/// Empty maps and lists, from which the fuzzer finds the names of the fields.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    (0..READERS.len() as u8)
        .flat_map(|choice| [vec![choice, 0x80], vec![choice, 0x81, 0xa1, b'a', 0x90]])
        .collect()
}
