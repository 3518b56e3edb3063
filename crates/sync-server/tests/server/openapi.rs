//! The document for programs: that it holds every route and nothing else, and
//! that what the server answers is what it says.

use crate::client::{Client, Device};
use crate::process::Folders;
use crate::routes::ask;
use serde_json::Value;
use std::collections::BTreeSet;
use sync_core::endpoint;
use sync_server::{Access, Route};

fn document(client: &Client) -> Value {
    let answer = client.request(endpoint::OPENAPI);
    assert_eq!(answer.status, 200);
    answer.json()
}

fn operation(document: &Value, route: Route) -> &Value {
    let method = route.method().name().to_ascii_lowercase();
    &document["paths"][route.path()][method]
}

#[test]
fn the_document_holds_every_route_and_nothing_else() {
    let folders = Folders::new();
    let server = folders.start();
    let document = document(&Client::new(&server));
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert((path.clone(), method.to_ascii_uppercase()));
        }
    }
    let routes: BTreeSet<_> = Route::ALL
        .iter()
        .map(|route| (route.path().to_owned(), route.method().name().to_owned()))
        .collect();
    assert_eq!(described, routes);
    for route in Route::ALL {
        let operation = operation(&document, *route);
        let is_open = operation["security"].as_array().unwrap().is_empty();
        assert_eq!(is_open, route.access() == Access::Open, "{route:?}");
        let in_path = route.path().matches('{').count();
        let parameters = operation["parameters"].as_array().unwrap();
        let named = parameters.iter().filter(|one| one["in"] == "path").count();
        assert_eq!(named, in_path, "{route:?}");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let folders = Folders::new();
    let server = folders.start();
    let document = document(&Client::new(&server));
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let known: BTreeSet<String> = schemas
        .keys()
        .map(|name| format!("#/components/schemas/{name}"))
        .collect();
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    assert_eq!(found, known, "each schema is there and is used");
}

/// That a value has the fields of its schema, all that must be there and no
/// other. What the fields hold is for schemathesis.
fn check_fields(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return check_fields(
            document,
            &document["components"]["schemas"][name],
            value,
            at,
        );
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        if !value.is_null() {
            check_fields(document, &choices[0], value, at);
        }
        return;
    }
    match value {
        Value::Object(fields) if schema["properties"].is_object() => {
            let allowed = schema["properties"].as_object().unwrap();
            for (name, value) in fields {
                let schema = allowed.get(name);
                let schema = schema.unwrap_or_else(|| panic!("{at}: {name} is not described"));
                check_fields(document, schema, value, &format!("{at}.{name}"));
            }
            for name in schema["required"].as_array().unwrap() {
                assert!(fields.contains_key(name.as_str().unwrap()), "{at}: {name}");
            }
        }
        Value::Array(items) => {
            for item in items {
                check_fields(document, &schema["items"], item, at);
            }
        }
        _ => {}
    }
}

/// Routes whose success would end what the test goes on with.
const LAST: [Route; 3] = [Route::ResetVault, Route::LogoutEverywhere, Route::SignOut];

#[test]
fn every_answer_is_as_the_document_says() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let document = document(&device.client);
    let first = Route::ALL.iter().filter(|route| !LAST.contains(route));
    let mut successes = 0;
    for route in first.chain(&LAST) {
        let answer = ask(&device.client, *route, &device, &vault);
        let described = &operation(&document, *route)["responses"][answer.status.to_string()];
        assert!(described.is_object(), "{route:?} {}", answer.status);
        if route.path() == endpoint::OPENAPI {
            continue;
        }
        let at = format!("{route:?}");
        let Some(content) = described["content"].as_object() else {
            assert!(answer.body.is_empty(), "{at}");
            successes += 1;
            continue;
        };
        assert!(content.contains_key(answer.header("content-type")), "{at}");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        if answer.status < 400 {
            successes += 1;
            let schema = &content[endpoint::JSON]["schema"];
            check_fields(&document, schema, &body, &at);
        } else {
            let schema = &content[endpoint::PROBLEM]["schema"];
            let codes = schema["properties"]["code"]["enum"].as_array().unwrap();
            assert!(codes.contains(&body["code"]), "{at}: {}", body["code"]);
            check_fields(&document, &schema["allOf"][0], &body, &at);
        }
    }
    assert!(successes > Route::ALL.len() / 2, "{successes}");
}
