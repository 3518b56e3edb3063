//! Taking over folders of Markdown.

use crate::support::{Server, code_of, first_device, further_device};
use vault_engine::{Command, ImportFile, ImportOutcome, Store};
use vault_types::{Code, RecordId, limits};

fn words(outcomes: &[ImportOutcome]) -> Vec<&'static str> {
    outcomes
        .iter()
        .map(|outcome| match outcome {
            ImportOutcome::Added { .. } => "added",
            ImportOutcome::Updated { .. } => "updated",
            ImportOutcome::Unchanged { .. } => "unchanged",
            ImportOutcome::Skipped { code, .. } => code,
        })
        .collect()
}

fn id_of(outcome: &ImportOutcome) -> RecordId {
    match outcome {
        ImportOutcome::Added { id }
        | ImportOutcome::Updated { id }
        | ImportOutcome::Unchanged { id } => *id,
        ImportOutcome::Skipped { code, .. } => panic!("skipped: {code}"),
    }
}

#[test]
fn a_file_becomes_a_note_with_its_title_and_folders() {
    let net = Server::new();
    let mut device = first_device(&net);
    let outcomes = device.import(&[("pages/linux/tar.md", "# tar\n\n> Archiving utility.\n")]);
    let record = device.open(id_of(&outcomes[0])).unwrap();
    assert_eq!(record.item.title, "tar");
    assert_eq!(record.item.tags, ["pages", "linux"]);
    assert_eq!(device.found("archiving"), ["tar"]);
}

#[test]
fn the_same_folder_again_changes_nothing() {
    let net = Server::new();
    let mut device = first_device(&net);
    let files = [("a/x.md", "# X\none"), ("a/y.md", "# Y\ntwo")];
    assert_eq!(words(&device.import(&files)), ["added", "added"]);
    let writes = device.disk.writes;
    assert_eq!(words(&device.import(&files)), ["unchanged", "unchanged"]);
    assert_eq!(device.disk.writes, writes);
    device.restart();
    device.unlock().unwrap();
    assert_eq!(words(&device.import(&files)), ["unchanged", "unchanged"]);
    assert_eq!(device.list().len(), 2);
}

#[test]
fn the_same_folder_on_another_device_changes_nothing() {
    let net = Server::new();
    let mut first = first_device(&net);
    let files = [("a/x.md", "# X\none"), ("a/y.md", "# Y\ntwo")];
    first.import(&files);
    first.sync_well();
    let mut second = further_device(&net, 2);
    assert_eq!(words(&second.import(&files)), ["unchanged", "unchanged"]);
}

#[test]
fn a_changed_file_updates_its_note_and_an_edited_note_is_kept() {
    let net = Server::new();
    let mut device = first_device(&net);
    let outcomes = device.import(&[("x.md", "# X\none"), ("y.md", "# Y\nmine")]);
    let (x, y) = (id_of(&outcomes[0]), id_of(&outcomes[1]));
    device.save(y, "edited here").unwrap();
    let again = device.import(&[("x.md", "# X\ntwo"), ("y.md", "# Y\ntheirs")]);
    assert_eq!(words(&again), ["updated", "import_edited"]);
    assert_eq!(id_of(&again[0]), x);
    assert_eq!(device.text(x), "# X\ntwo");
    assert_eq!(device.text(y), "edited here");
}

#[test]
fn one_path_with_another_title_is_another_note() {
    let net = Server::new();
    let mut device = first_device(&net);
    let first = device.import(&[("notes/readme.md", "# One\nfirst")]);
    let second = device.import(&[("notes/readme.md", "# Two\nsecond")]);
    assert_eq!(words(&second), ["added"]);
    assert_ne!(id_of(&first[0]), id_of(&second[0]));
    let third = device.import(&[("notes/readme.md", "# One\nfirst")]);
    assert_eq!(words(&third), ["unchanged"]);
    assert_eq!(device.titles(), ["One", "Two"]);
}

#[test]
fn equal_files_in_two_folders_are_two_notes() {
    let net = Server::new();
    let mut device = first_device(&net);
    let files = [("a/x.md", "# X\nsame"), ("b/x.md", "# X\nsame")];
    assert_eq!(words(&device.import(&files)), ["added", "added"]);
    assert_eq!(device.titles(), ["X", "X"]);
}

#[test]
fn one_path_twice_in_a_batch_is_two_notes_now_and_later() {
    let net = Server::new();
    let mut device = first_device(&net);
    let files = [
        ("x.md", "# X\none"),
        ("x.md", "# X\ntwo"),
        ("x.md", "# X\none"),
    ];
    assert_eq!(
        words(&device.import(&files)),
        ["added", "added", "unchanged"]
    );
    assert_eq!(
        words(&device.import(&files)),
        ["unchanged", "unchanged", "unchanged"]
    );
    assert_eq!(device.list().len(), 2);
}

#[test]
fn a_deleted_note_is_imported_anew() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = id_of(&device.import(&[("x.md", "# X\none")])[0]);
    device.remove(id).unwrap();
    assert_eq!(words(&device.import(&[("x.md", "# X\none")])), ["added"]);
    assert_eq!(device.text(id), "# X\none");
    assert_eq!(device.disk.keys(Store::Packs).len(), 1);
}

#[test]
fn what_cannot_be_taken_over_is_listed_and_the_rest_goes_in() {
    let net = Server::new();
    let mut device = first_device(&net);
    let file = |path: &str, bytes: Vec<u8>| ImportFile {
        path: path.to_owned(),
        bytes,
        modified_ms: Some(f64::NAN),
    };
    let files = vec![
        file("good.md", b"# Good".to_vec()),
        file("latin1.md", vec![0xe9, 0x74, 0xe9]),
        file("long.md", vec![b'a'; limits::NOTE_TEXT_BYTES_MAX + 1]),
        file("", b"# Nameless".to_vec()),
        file("also.md", b"# Also".to_vec()),
    ];
    let outcomes = device.import_files(files).unwrap();
    let skipped = ["import_not_text", "import_too_large", "limit_exceeded"];
    assert_eq!(words(&outcomes)[1..4], skipped);
    assert_eq!(device.titles(), ["Also", "Good"]);
}

#[test]
fn more_files_than_a_batch_may_hold_are_refused() {
    let net = Server::new();
    let mut device = first_device(&net);
    let files = (0..=limits::IMPORT_BATCH_FILES_MAX)
        .map(|n| ImportFile {
            path: format!("{n}.md"),
            bytes: Vec::new(),
            modified_ms: None,
        })
        .collect();
    let answer = device.call(Command::Import { files });
    assert_eq!(code_of(answer), Some(Code::LimitExceeded));
}

#[test]
fn seven_thousand_files_go_in_by_batches() {
    let net = Server::new();
    let mut device = first_device(&net);
    net.borrow_mut().offline = true;
    for batch in 0..14 {
        let files = (0..500)
            .map(|n| ImportFile {
                path: format!("pages/{batch}/{n}.md"),
                bytes: format!("# Page {batch} {n}\n\nunique{batch}x{n} shared words\n")
                    .into_bytes(),
                modified_ms: None,
            })
            .collect();
        let outcomes = device.import_files(files).unwrap();
        assert!(words(&outcomes).iter().all(|word| *word == "added"));
    }
    assert_eq!(device.list().len(), 7_000);
    assert_eq!(device.found("unique7x77"), ["Page 7 77"]);
    net.borrow_mut().offline = false;
    device.sync_well();
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.list().len(), 7_000);
    assert_eq!(device.found("unique13x499"), ["Page 13 499"]);
    assert!(device.disk.keys(Store::Segments).len() < 16);
}

#[test]
fn importing_changed_folders_again_and_again_does_not_grow_the_index() {
    let net = Server::new();
    let mut device = first_device(&net);
    let files = |round: u64| {
        let file = |n: u64| {
            let words: String = (0..9_000_u64)
                .map(|k| {
                    let seed = (round * 20 + n) * 9_000 + k;
                    format!("{:x} ", seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
                })
                .collect();
            ImportFile {
                path: format!("{n}.md"),
                bytes: format!("# Long {n}\nround{round} {words}").into_bytes(),
                modified_ms: None,
            }
        };
        (0..20).map(file).collect::<Vec<_>>()
    };
    device.import_files(files(0)).unwrap();
    let bytes = device.disk.bytes(Store::Segments);
    for round in 1..3 {
        let outcomes = device.import_files(files(round)).unwrap();
        assert!(words(&outcomes).iter().all(|word| *word == "updated"));
    }
    assert!(device.disk.bytes(Store::Segments) < 2 * bytes);
    assert_eq!(device.found("round2").len(), 20);
    assert!(device.found("round1").is_empty());
}

#[test]
fn a_batch_of_long_files_is_indexed_in_several_segments() {
    let net = Server::new();
    let mut device = first_device(&net);
    let files = (0..60_u64)
        .map(|n| {
            let words: String = (0..16_000_u64)
                .map(|k| {
                    format!(
                        "{:x} ",
                        (n * 16_000 + k).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                    )
                })
                .collect();
            ImportFile {
                path: format!("{n}.md"),
                bytes: format!("# Long {n}\nneedle{n}\n{words}").into_bytes(),
                modified_ms: None,
            }
        })
        .collect();
    let outcomes = device.import_files(files).unwrap();
    assert!(words(&outcomes).iter().all(|word| *word == "added"));
    for n in [0, 31, 59] {
        assert_eq!(device.found(&format!("needle{n} ")), [format!("Long {n}")]);
    }
    device.put("Short", "short text");
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.found("needle59 "), ["Long 59"]);
}
