//! Nothing readable leaves the engine but as an answer.

use crate::support::{LINK, PASSPHRASE, Server, first_device, further_device};
use vault_engine::{Command, NewRecord};
use vault_types::Kind;

const CANARIES: [&str; 6] = [
    "canarytitle",
    "canarytext",
    "canarytag",
    "canaryfolder",
    "canaryfile",
    "canaryquery",
];

fn holds(bytes: &[u8], word: &str) -> bool {
    let lower: Vec<u8> = bytes.to_ascii_lowercase();
    let wide: Vec<u8> = word.bytes().flat_map(|byte| [byte, 0]).collect();
    [word.as_bytes(), &wide]
        .iter()
        .any(|word| lower.windows(word.len()).any(|window| window == *word))
}

#[test]
fn no_word_of_a_note_is_ever_written_or_sent_unsealed() {
    let net = Server::new();
    let mut device = first_device(&net);
    let records = vec![NewRecord {
        kind: Kind::Journal,
        title: String::from("Canarytitle"),
        text: "canarytext ".repeat(20),
        tags: vec![String::from("canarytag")],
    }];
    assert!(device.call(Command::Put { records }).is_ok());
    device.import(&[("canaryfolder/canaryfile.md", "canarytext in a file")]);
    let id = device.list()[0].id;
    device.save(id, "canarytext again").unwrap();
    assert!(device.found("canaryquery").is_empty());
    device.sync_well();
    device.remove(id).unwrap();
    device.restore(id).unwrap();
    let mut other = further_device(&net, 2);
    assert_eq!(other.found("canarytext").len(), 2);
    other.save(id, "canarytext elsewhere").unwrap();
    device.save(id, "canarytext in conflict").unwrap();
    other.sync_well();
    device.sync_well();
    other.sync_well();
    device.lock();
    device.unlock().unwrap();
    assert_eq!(device.found("canarytext").len(), 3);
    for word in CANARIES.into_iter().chain([PASSPHRASE, "journal", "horse"]) {
        for device in [&device, &other] {
            assert!(!holds(&device.disk.log, word), "{word} is on the disk");
        }
        for (path, body) in &net.borrow().log {
            assert!(!holds(path.as_bytes(), word), "{word} in {path}");
            assert!(!holds(body, word), "{word} in a body for {path}");
        }
    }
    // The scan itself finds what is there.
    let sent = net.borrow();
    assert!(sent.log.iter().any(|(_, body)| holds(body, LINK)));
    assert!(holds(&device.disk.log, "passphrase"), "the slot's label");
}
