//! Rows of NIST and of RFCs, out of the files under vectors/third_party.

use super::Set;
use super::row::{Cipher, Row, Vector};
use crate::case::hex;
use std::collections::BTreeMap;
use vault_core::Aead;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../../vectors/third_party/", $name))
    };
}

pub(super) fn load() -> Vec<Set> {
    let encrypt = "NIST CAVP AES-256-GCM encrypt";
    let decrypt = "NIST CAVP AES-256-GCM decrypt";
    vec![
        nist(encrypt, file!("nist-aes-256-gcm-encrypt.txt")),
        nist(decrypt, file!("nist-aes-256-gcm-decrypt.txt")),
        blocks(
            "RFC 9106 and others, Argon2id",
            file!("rfc-9106-argon2id.txt"),
            "length",
            argon2id,
        ),
        blocks(
            "RFC 5869 HKDF-SHA-256",
            file!("rfc-5869-hkdf-sha-256.txt"),
            "COUNT",
            hkdf,
        ),
        blocks(
            "RFC 4231 HMAC-SHA-256",
            file!("rfc-4231-hmac-sha-256.txt"),
            "Len",
            hmac,
        ),
    ]
}

/// A row that cannot be read becomes one that cannot hold.
fn unreadable(name: String) -> Row {
    Row {
        name: format!("{name}, which is unreadable"),
        valid: true,
        vector: Vector::Hmac {
            key: Vec::new(),
            message: Vec::new(),
            tag: Vec::new(),
        },
    }
}

/// One row a line: key, nonce, associated data, text or FAIL, ciphertext, tag.
fn nist(name: &'static str, text: &str) -> Set {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.enumerate().map(|(at, line)| {
        let name = format!("{name}, row {at}");
        let fields: Vec<&str> = line.split(' ').collect();
        nist_row(&fields, name.clone()).unwrap_or_else(|| unreadable(name))
    });
    let rows = rows.collect();
    Set { name, rows }
}

fn nist_row(fields: &[&str], name: String) -> Option<Row> {
    let &[key, nonce, associated, text, ciphertext, tag] = fields else {
        return None;
    };
    let bytes = |field: &str| hex(field.trim_matches('-'));
    let valid = text != "FAIL";
    let vector = Vector::Aead {
        cipher: Cipher::Core(Aead::Aes256Gcm),
        key: bytes(key)?,
        nonce: bytes(nonce)?,
        associated: bytes(associated)?,
        text: if valid { Some(bytes(text)?) } else { None },
        ciphertext: bytes(ciphertext)?,
        tag: bytes(tag)?,
    };
    Some(Row {
        name,
        valid,
        vector,
    })
}

type Block<'a> = BTreeMap<&'a str, &'a str>;

/// Lines of `name = value`, a block of which begins with a certain name.
fn blocks(
    name: &'static str,
    text: &str,
    first: &str,
    read: fn(&Block<'_>) -> Option<Vector>,
) -> Set {
    let mut found: Vec<Block<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((field, value)) = line.split_once('=') else {
            continue;
        };
        if field.trim() == first {
            found.push(Block::new());
        }
        if let Some(block) = found.last_mut() {
            block.insert(field.trim(), value.trim());
        }
    }
    let rows = found.iter().enumerate().map(|(at, block)| {
        let name = format!("{name}, row {at}");
        match read(block) {
            Some(vector) => Row {
                name,
                valid: true,
                vector,
            },
            None => unreadable(name),
        }
    });
    let rows = rows.collect();
    Set { name, rows }
}

fn number<T: core::str::FromStr>(block: &Block<'_>, field: &str) -> Option<T> {
    block.get(field)?.parse().ok()
}

fn argon2id(block: &Block<'_>) -> Option<Vector> {
    let bytes = |field| hex(block.get(field).copied().unwrap_or_default());
    let output = bytes("output")?;
    if output.len() != number::<usize>(block, "length")? {
        return None;
    }
    Some(Vector::Argon2id {
        passphrase: bytes("pass")?,
        salt: bytes("salt")?,
        memory_kib: number(block, "memcost")?,
        passes: number(block, "iter")?,
        lanes: number(block, "lanes")?,
        secret: bytes("secret")?,
        associated: bytes("ad")?,
        output,
    })
}

fn hkdf(block: &Block<'_>) -> Option<Vector> {
    let bytes = |field| hex(block.get(field).copied()?);
    Some(Vector::Hkdf {
        secret: bytes("IKM")?,
        salt: bytes("salt")?,
        info: bytes("info")?,
        len: number(block, "L")?,
        output: bytes("OKM")?,
    })
}

fn hmac(block: &Block<'_>) -> Option<Vector> {
    let bytes = |field| hex(block.get(field).copied()?);
    Some(Vector::Hmac {
        key: bytes("Key")?,
        message: bytes("Msg")?,
        tag: bytes("MD")?,
    })
}
