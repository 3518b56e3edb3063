//! Every part of the product says on which side of the trust boundary it
//! stands, and the dependency graph agrees.
//!
//! - `client_private`: may hold plaintext and keys; runs on devices only.
//! - `e2ee_boundary`: both sides run it, so it sees ciphertext only.
//! - `server_trusted`: runs where whoever runs the server sees all of it.
//!
//! What both sides run must not reach what is private, nor must the server,
//! its tests included; and nothing of a device reaches what a server runs.

use super::Violation;
use super::layers::Package;
use crate::files::TextFile;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a declaration starts, in the head of a crate or of a workspace's entry.
const DECLARED: &str = "Trust boundary: `";

/// The TypeScript workspaces of the product: folder, and the file whose head
/// declares.
const WORKSPACES: [(&str, &str); 3] = [
    ("pkg", "pkg/src/index.ts"),
    ("sw", "sw/src/index.ts"),
    ("web", "web/src/main.tsx"),
];

/// Where the table of all declarations stands.
const MAP: &str = "ARCHITECTURE.md";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    ServerTrusted,
    ClientPrivate,
    SeenByBoth,
}

impl Boundary {
    const ALL: [Self; 3] = [Self::ServerTrusted, Self::ClientPrivate, Self::SeenByBoth];

    const fn name(self) -> &'static str {
        match self {
            Self::ServerTrusted => "server_trusted",
            Self::ClientPrivate => "client_private",
            Self::SeenByBoth => "e2ee_boundary",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether what stands here may be built from what stands there.
    const fn may_reach(self, other: Self) -> bool {
        match self {
            Self::ServerTrusted => !matches!(other, Self::ClientPrivate),
            Self::ClientPrivate => !matches!(other, Self::ServerTrusted),
            Self::SeenByBoth => matches!(other, Self::SeenByBoth),
        }
    }
}

/// A crate or a workspace, with what it is built from and tested with.
struct Part {
    name: String,
    boundary: Boundary,
    built_with: BTreeSet<String>,
    tested_with: BTreeSet<String>,
}

/// Every declaration, the map of them, and every path between two of them.
pub(super) fn check(packages: &[Package], files: &[TextFile]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut parts = Vec::new();
    let crates = packages.iter().filter_map(|package| {
        let folder = format!("crates/{}/", package.name);
        let of_product = files.iter().any(|file| file.path.starts_with(&folder));
        of_product.then(|| {
            let (built, tested) = (package.built_with.clone(), package.tested_with.clone());
            let entry = format!("{folder}src/lib.rs");
            (package.name.clone(), entry, built, tested)
        })
    });
    let workspaces = WORKSPACES.iter().map(|(folder, entry)| {
        let imported = imported(folder, files);
        (
            (*folder).to_owned(),
            (*entry).to_owned(),
            imported,
            BTreeSet::new(),
        )
    });
    for (name, place, built_with, tested_with) in crates.chain(workspaces) {
        match declared(&place, files) {
            Ok(boundary) => parts.push(Part {
                name,
                boundary,
                built_with,
                tested_with,
            }),
            Err(what) => found.push(Violation::new(place, what)),
        }
    }
    found.extend(check_paths(&parts));
    if let Some(map) = files.iter().find(|file| file.path == MAP) {
        found.extend(check_map(&parts, &map.text));
    }
    found
}

/// The one boundary that the head of a file declares.
fn declared(place: &str, files: &[TextFile]) -> Result<Boundary, String> {
    let choices = Boundary::ALL.map(Boundary::name).join(", ");
    let file = files.iter().find(|file| file.path == place);
    let head = file.map_or("", |file| head(&file.text));
    let mut names = head
        .split(DECLARED)
        .skip(1)
        .map(|rest| rest.split('`').next().unwrap_or(""));
    let first = names.next();
    if names.next().is_some() {
        return Err("its head declares two trust boundaries".to_owned());
    }
    first.and_then(Boundary::parse).ok_or(format!(
        "its head names no trust boundary: \"{DECLARED}…`\", one of {choices}"
    ))
}

/// The comment that a file begins with.
fn head(text: &str) -> &str {
    let mut end = 0;
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        inside |= trimmed.starts_with("/*");
        if !inside && !trimmed.starts_with("//") {
            break;
        }
        inside &= !line.contains("*/");
        end += line.len();
    }
    &text[..end]
}

/// Which workspaces the sources of one import, by package or by path.
fn imported(folder: &str, files: &[TextFile]) -> BTreeSet<String> {
    let names = package_names(files);
    let sources = format!("{folder}/src/");
    let is_script = |file: &&TextFile| matches!(file.extension(), "ts" | "tsx" | "mts" | "js");
    let mut reached = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.starts_with(&sources)) {
        if !is_script(&file) {
            continue;
        }
        for name in file.text.split('"').skip(1).step_by(2) {
            let package = names.iter().find(|(package, _)| {
                let rest = name.strip_prefix(package.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            let other = match package {
                Some((_, of)) => of.clone(),
                None if name.starts_with("../") => top_of(&file.path, name),
                None => continue,
            };
            if other != folder {
                reached.insert(other);
            }
        }
    }
    reached
}

/// The name of each workspace's package, and its folder.
fn package_names(files: &[TextFile]) -> BTreeMap<String, String> {
    let name_in = |folder: &str| {
        let place = format!("{folder}/package.json");
        let file = files.iter().find(|file| file.path == place)?;
        let manifest: Value = serde_json::from_str(&file.text).ok()?;
        Some((manifest["name"].as_str()?.to_owned(), folder.to_owned()))
    };
    WORKSPACES
        .iter()
        .filter_map(|(folder, _)| name_in(folder))
        .collect()
}

/// The first folder of a path that is relative to a file.
fn top_of(file: &str, relative: &str) -> String {
    let mut folders: Vec<&str> = file.split('/').collect();
    folders.pop();
    for step in relative.split('/') {
        match step {
            ".." => drop(folders.pop()),
            "." => {}
            _ => folders.push(step),
        }
    }
    folders.first().copied().unwrap_or("").to_owned()
}

fn check_paths(parts: &[Part]) -> Vec<Violation> {
    let mut found = Vec::new();
    for part in parts {
        for other in reached(part, parts) {
            if !part.boundary.may_reach(other.boundary) {
                found.push(Violation::new(
                    &part.name,
                    format!(
                        "is {} and reaches {}, which is {}",
                        part.boundary.name(),
                        other.name,
                        other.boundary.name()
                    ),
                ));
            }
        }
    }
    found
}

/// Everything on any path from a part. What a server's own tests link counts;
/// elsewhere tests may put both sides together.
fn reached<'a>(from: &Part, parts: &'a [Part]) -> Vec<&'a Part> {
    let find = |name: &str| parts.iter().find(|part| part.name == name);
    let tests = (from.boundary == Boundary::ServerTrusted).then_some(&from.tested_with);
    let mut open: Vec<&str> = from
        .built_with
        .iter()
        .chain(tests.into_iter().flatten())
        .map(String::as_str)
        .collect();
    let mut seen = BTreeSet::new();
    let mut reached = Vec::new();
    while let Some(name) = open.pop() {
        if let Some(part) = find(name)
            && seen.insert(name.to_owned())
        {
            reached.push(part);
            open.extend(part.built_with.iter().map(String::as_str));
        }
    }
    reached
}

/// The map's table has one row a part, with the part's own boundary.
fn check_map(parts: &[Part], map: &str) -> Vec<Violation> {
    let row_of = |name: &str| {
        let start = format!("| `{name}` |");
        map.lines().find(|line| line.starts_with(&start))
    };
    let wrong = parts.iter().filter(|part| {
        let end = format!("| `{}` |", part.boundary.name());
        !row_of(&part.name).is_some_and(|row| row.trim_end().ends_with(&end))
    });
    wrong
        .map(|part| {
            let what = format!(
                "its table of crates lacks `{}` as `{}`",
                part.name,
                part.boundary.name()
            );
            Violation::new(MAP, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn part(name: &str, boundary: Boundary, built_with: &[&str], tested_with: &[&str]) -> Part {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Part {
            name: name.to_owned(),
            boundary,
            built_with: owned(built_with),
            tested_with: owned(tested_with),
        }
    }

    use Boundary::{ClientPrivate, SeenByBoth, ServerTrusted};

    #[test]
    fn both_sides_over_what_they_share_are_fine() {
        let good = [
            part("types", SeenByBoth, &[], &[]),
            part("keys", ClientPrivate, &["types"], &[]),
            part("server", ServerTrusted, &["types"], &[]),
            part("wasm", ClientPrivate, &["keys", "types"], &[]),
        ];
        assert_eq!(check_paths(&good), []);
    }

    #[test]
    fn a_server_that_reaches_a_key_is_found_by_any_path() {
        let keys = || part("keys", ClientPrivate, &[], &[]);
        let direct = [part("server", ServerTrusted, &["keys"], &[]), keys()];
        assert_eq!(check_paths(&direct).len(), 1);
        let in_tests = [part("server", ServerTrusted, &[], &["keys"]), keys()];
        assert_eq!(check_paths(&in_tests).len(), 1);
        let detour = [
            part("server", ServerTrusted, &["shared"], &[]),
            part("shared", SeenByBoth, &["keys"], &[]),
            keys(),
        ];
        let found = check_paths(&detour);
        assert!(found.iter().any(|found| found.place == "server"));
        assert!(found.iter().any(|found| found.place == "shared"));
    }

    #[test]
    fn a_device_that_reaches_a_server_is_found() {
        let server = || part("server", ServerTrusted, &[], &[]);
        let bad = [part("app", ClientPrivate, &["server"], &[]), server()];
        assert_eq!(check_paths(&bad).len(), 1);
        let bad = [part("shared", SeenByBoth, &["server"], &[]), server()];
        assert_eq!(check_paths(&bad).len(), 1);
        // A device's tests may run against a real server.
        let good = [part("app", ClientPrivate, &[], &["server"]), server()];
        assert_eq!(check_paths(&good), []);
    }

    #[test]
    fn a_head_declares_exactly_one_known_boundary() {
        let read = |text: &str| declared("a.rs", &[sample("a.rs", text)]).ok();
        let good = "//! A crate.\n//!\n//! Trust boundary: `client_private`. Keys.\nmod a;\n";
        assert_eq!(read(good), Some(ClientPrivate));
        let script = "/**\n * A page.\n *\n * Trust boundary: `e2ee_boundary`.\n */\nimport x;\n";
        assert_eq!(read(script), Some(SeenByBoth));
        assert_eq!(read("//! A crate: `client_private`.\n"), None);
        assert_eq!(read("//! Trust boundary: `nobody`.\n"), None);
        assert_eq!(read("mod a;\n// Trust boundary: `client_private`.\n"), None);
        let two = "//! Trust boundary: `client_private`.\n//! Trust boundary: `e2ee_boundary`.\n";
        assert_eq!(read(two), None);
        assert_eq!(declared("b.rs", &[sample("a.rs", good)]).ok(), None);
    }

    #[test]
    fn a_crate_and_a_workspace_without_a_declaration_are_found() {
        let package = Package {
            name: "newcomer".to_owned(),
            built_with: BTreeSet::new(),
            tested_with: BTreeSet::new(),
        };
        let files = [sample("crates/newcomer/src/lib.rs", "//! New.\n")];
        let places: Vec<_> = check(&[package], &files)
            .into_iter()
            .map(|found| found.place)
            .collect();
        assert!(places.contains(&"crates/newcomer/src/lib.rs".to_owned()));
        assert!(places.contains(&"sw/src/index.ts".to_owned()));
    }

    #[test]
    fn a_service_worker_that_imports_the_vault_is_found() {
        let head = |boundary: &str| format!("/** A.\n * Trust boundary: `{boundary}`.\n */\n");
        let files = |import: &str| {
            let sw = head("e2ee_boundary") + import;
            [
                sample("pkg/package.json", "{\"name\":\"@lockstep/vault\"}"),
                sample("sw/package.json", "{\"name\":\"@lockstep/sw\"}"),
                sample("pkg/src/index.ts", &head("client_private")),
                sample("sw/src/index.ts", &sw),
                sample("web/src/main.tsx", &head("client_private")),
            ]
        };
        assert_eq!(check(&[], &files("import a from \"./policy.ts\";\n")), []);
        for import in [
            "import { open } from \"@lockstep/vault\";\n",
            "import(\"@lockstep/vault/worker.js\");\n",
            "import { open } from \"../../pkg/src/index.ts\";\n",
        ] {
            assert_eq!(check(&[], &files(import)).len(), 1, "{import}");
        }
    }

    #[test]
    fn a_map_that_says_otherwise_is_found() {
        let parts = [part("keys", ClientPrivate, &[], &[])];
        let good = "| `keys` | derives | `client_private` |\n";
        assert_eq!(check_map(&parts, good), []);
        assert_eq!(check_map(&parts, "").len(), 1);
        let other = "| `keys` | derives | `server_trusted` |\n";
        assert_eq!(check_map(&parts, other).len(), 1);
    }
}
