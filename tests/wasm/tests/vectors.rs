//! The golden vectors, natively.
#![allow(clippy::unwrap_used, clippy::panic)]

use vector_suite::{check_all, run_vectors};

#[test]
fn every_vector_of_every_file_holds() {
    let report = check_all();
    assert!(report.holds(), "{report:#?}");
    let counts: usize = report.files.iter().map(|file| file.count).sum();
    assert!(counts >= 80, "{counts} cases");

    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort_unstable();
    let checked: Vec<_> = report.files.iter().map(|file| file.name).collect();
    assert_eq!(names, checked);
}

#[test]
fn the_report_for_a_page_is_json() {
    let report: serde_json::Value = serde_json::from_str(&run_vectors()).unwrap();
    let files = report["files"].as_array().unwrap();
    for file in files {
        assert!(file["count"].as_u64().unwrap() > 0, "{file}");
        assert_eq!(file["failures"], serde_json::json!([]), "{file}");
    }
}
