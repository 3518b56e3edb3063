//! The messages between a device and a server, from either side.

use sync_core::message::{
    CreateVaultRequest, CryptoPolicies, DeviceList, DownloadRequest, DownloadResponse, NewLink,
    PollResponse, Problem, Session, SignInRequest, SlotList, UploadRequest, UploadResponse,
    VaultInfo,
};

macro_rules! messages {
    ($($message:ty),* $(,)?) => {
        const READERS: &[fn(&[u8])] = &[$(|bytes| {
            if let Ok(read) = sync_core::decode::<$message>(bytes) {
                let written = sync_core::encode(&read).expect("what was read can be written");
                let again = sync_core::decode::<$message>(&written);
                assert!(again.is_ok_and(|again| again == read));
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
