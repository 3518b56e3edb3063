//! Third-party vectors, natively.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use vector_suite::check_third_party;

/// How many rows each set has, and how many of them must be refused: fewer
/// would mean that some are not looked at any more.
const EXPECTED: [(&str, usize, usize); 11] = [
    ("Wycheproof AES-256-GCM", 66, 27),
    ("Wycheproof XChaCha20-Poly1305", 315, 69),
    ("Wycheproof ChaCha20-Poly1305", 325, 69),
    ("Wycheproof HKDF-SHA-256", 86, 3),
    ("Wycheproof HMAC-SHA-256", 174, 108),
    ("Wycheproof PBKDF2-HMAC-SHA-256", 60, 0),
    ("NIST CAVP AES-256-GCM encrypt", 375, 0),
    ("NIST CAVP AES-256-GCM decrypt", 375, 191),
    ("RFC 9106 and others, Argon2id", 6, 0),
    ("RFC 5869 HKDF-SHA-256", 3, 0),
    ("RFC 4231 HMAC-SHA-256", 6, 0),
];

#[test]
fn every_vector_of_others_holds() {
    let reports = check_third_party();
    // Past the test runner, which would keep it to itself.
    let mut out = std::io::stdout().lock();
    for report in &reports {
        let (name, count, invalid) = (report.name, report.count, report.invalid);
        let core = report.through_the_core;
        writeln!(
            out,
            "counted: {name}, native: {count} rows, {invalid} to be refused, {core} by the core's own functions"
        )
        .unwrap();
    }
    let total: usize = reports.iter().map(|report| report.count).sum();
    writeln!(out, "counted: {total} third-party vectors, native").unwrap();
    drop(out);
    for report in &reports {
        assert!(report.failures.is_empty(), "{:#?}", report.failures);
    }
    let counts: Vec<_> = reports
        .iter()
        .map(|report| (report.name, report.count, report.invalid))
        .collect();
    assert_eq!(counts, EXPECTED);
}
