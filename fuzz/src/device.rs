//! What a device keeps, and the files that a person imports.

use vault_engine::fuzzing;

/// A page of the catalogue.
pub(crate) fn page(data: &[u8]) {
    fuzzing::catalogue_page(data);
}

pub(crate) fn page_seeds() -> Vec<Vec<u8>> {
    let mut one = vec![1, 0, 0, 0, 1];
    one.extend([0; 200]);
    vec![vec![1, 0, 0, 0, 0], one]
}

/// A file: its path, the end of a line, its bytes.
pub(crate) fn import(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (path, bytes) = data.split_at(end.unwrap_or(data.len()));
    fuzzing::imported_file(
        &String::from_utf8_lossy(path),
        bytes.get(1..).unwrap_or(&[]),
    );
}

pub(crate) fn import_seeds() -> Vec<Vec<u8>> {
    [
        "a.md\n# A heading\n\nText.",
        "folder/b.md\n---\ntitle: B\ntags: [one, \"two\"]\ncreated: 2024-01-02T03:04:05Z\n---\nText",
        "c.md\n---\ntitle: >\n  folded\n  text\ntags:\n  - one\n  - two\ndate: 2020-02-30\nkind: journal\nmore: {a: [b]}\n---\n",
        "d.md\n---\na: &x 1\nb: *x\n...\n\u{feff}text",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

/// What a device remembers: the first byte chooses the key.
pub(crate) fn row(data: &[u8]) {
    const KEYS: [&str; 11] = [
        "device",
        "session",
        "slots",
        "history",
        "another",
        "slots_new",
        "generation",
        "attempt",
        "lock",
        "lock_intent",
        "draft-00",
    ];
    if let Some((choice, value)) = data.split_first() {
        fuzzing::device_row(KEYS[usize::from(*choice) % KEYS.len()], value);
    }
}

pub(crate) fn row_seeds() -> Vec<Vec<u8>> {
    let sized = |choice, len| [vec![choice, 1], vec![2; len]].concat();
    vec![
        sized(0, 15),
        sized(1, 49),
        sized(3, 40),
        sized(6, 24),
        sized(7, 48),
        sized(8, 40),
        sized(9, 20),
    ]
}

/// What is inside a sealed draft.
pub(crate) fn draft(data: &[u8]) {
    fuzzing::draft(data);
}

pub(crate) fn draft_seeds() -> Vec<Vec<u8>> {
    let head = [
        vec![0],
        vec![0; 16],
        vec![1],
        vec![0; 8],
        vec![0],
        vec![0; 16],
    ]
    .concat();
    let texts = vec![1, b'a', 2, b'b', b'c', 1, 1, b'd'];
    vec![
        [head.clone(), texts].concat(),
        [head, vec![0, 0, 0]].concat(),
    ]
}

/// A pack of operations, and the row of an outbox.
pub(crate) fn packed(data: &[u8]) {
    fuzzing::packed_operations(data);
}

pub(crate) fn packed_seeds() -> Vec<Vec<u8>> {
    let row = [vec![1, 0, 0, 0, 1], vec![3; 56]].concat();
    vec![vec![3, 1, 2, 3, 2, 1, 2], vec![0x80, 1], row]
}
