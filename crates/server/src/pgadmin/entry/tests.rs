use serde_json::{Map, Value, json};

use super::{read, write};

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// An entry that pgAdmin takes, with other fields; null takes one out.
fn entry(change: Value) -> Map<String, Value> {
    let mut entry = fields(json!({
        "Name": "shop", "Group": "Production", "Host": "db.example.com", "Port": 5432, "MaintenanceDB": "postgres",
        "Username": "ada",
    }));
    for (name, value) in fields(change) {
        entry.insert(name, value);
    }
    entry
}

#[test]
fn case_334_to_345_what_pgadmin_wants_of_an_entry_is_wanted_here() {
    for (change, expected) in [
        (json!({}), Ok("ada")),
        (json!({ "Username": null }), Err("has no `Username`")),
        (json!({ "Username": "" }), Err("has no `Username`")),
        (json!({ "SharedUsername": "x", "Username": null }), Err("has no `Username`")),
        (json!({ "Shared": true, "Username": null, "SharedUsername": "team" }), Ok("team")),
        (json!({ "Shared": true }), Ok("ada")),
        (json!({ "Shared": true, "Username": null }), Err("has neither `Username` nor `SharedUsername`")),
        (
            json!({ "Shared": true, "Username": null, "SharedUsername": "" }),
            Err("has neither `Username` nor `SharedUsername`"),
        ),
        (
            json!({ "Shared": true, "Username": null, "SharedUsername": null }),
            Err("has neither `Username` nor `SharedUsername`"),
        ),
        (json!({ "Shared": true, "Username": "", "SharedUsername": "team" }), Ok("team")),
        (json!({ "Service": "shop", "Username": null, "Host": null, "Port": null }), Ok("")),
        (json!({ "Port": "5432" }), Err("has a `Port` that must be an integer")),
        (json!({ "Port": 0 }), Err("has the `Port` 0, which is none")),
        (json!({ "Host": null }), Err("has no `Host`")),
        (json!({ "Name": " " }), Err("has no `Name`")),
    ] {
        let found = read(&entry(change.clone())).map(|read| read.definition.username);
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{change}");
    }
}

/// The definition as the API shows it, and the notes.
fn shown(change: Value) -> (Value, Vec<String>) {
    let read = read(&entry(change)).expect("an entry");
    let notes = read.notes.into_iter().map(|(_, words)| words).collect();
    (serde_json::to_value(&read.definition).expect("JSON"), notes)
}

#[test]
fn parameters_of_all_ages_are_taken_and_files_are_named() {
    let (definition, notes) = shown(json!({
        "ConnectionParameters": { "sslmode": "verify-full", "connect_timeout": 10, "sslcompression": false,
            "sslrootcert": "/certs/ca.crt", "passfile": "/storage/ada/.pgpass", "application_name": "" },
        "SSLMode": "disable",
    }));
    let parameters = json!({ "sslmode": "verify-full", "connect_timeout": "10", "sslcompression": "0" });
    assert_eq!(definition["connection_parameters"], parameters);
    assert!(
        notes.iter().any(|note| note.contains("/certs/ca.crt"))
            && notes.iter().any(|note| note.contains("password_file")),
        "{notes:?}"
    );
    let (legacy, _) = shown(json!({ "SSLMode": "require", "Timeout": 5, "HostAddr": "192.0.2.1" }));
    let parameters = json!({ "sslmode": "require", "connect_timeout": "5", "hostaddr": "192.0.2.1" });
    assert_eq!(legacy["connection_parameters"], parameters);
}

#[test]
fn commands_become_sources_of_their_own_where_there_is_one() {
    for (command, expected) in [
        ("az account get-access-token --resource-type oss-rdbms --query accessToken -o tsv", "entra"),
        ("powershell -File token.ps1 # Get-AzAccessToken", "entra"),
        ("aws rds generate-db-auth-token --hostname %HOSTNAME%", "aws_rds"),
        ("gcloud sql generate-login-token", "gcp"),
        ("/usr/local/bin/corp-token --host %HOSTNAME%", "exec"),
    ] {
        let (definition, notes) = shown(json!({ "PasswordExecCommand": command, "PasswordExecExpiration": 3480 }));
        assert_eq!(definition["credential"]["type"], expected, "{command}");
        assert!(!notes.is_empty());
        if expected == "exec" {
            assert_eq!(definition["credential"]["expiration_seconds"], 3480);
        }
    }
}

#[test]
fn case_347_what_is_read_and_written_again_is_the_same() {
    let whole = entry(json!({
        "Comment": "the shop", "Role": "reader", "Shared": true, "PostConnectionSQL": "set search_path = shop",
        "ConnectionParameters": { "sslmode": "prefer", "connect_timeout": "10" },
        "UseSSHTunnel": 1, "TunnelHost": "jump.example.com", "TunnelPort": 2222, "TunnelUsername": "ada",
        "TunnelAuthentication": 0, "TunnelKeepAlive": 30,
        "PasswordExecCommand": "/usr/local/bin/corp-token", "PasswordExecExpiration": 60,
    }));
    let definition = read(&whole).expect("an entry").definition;
    let (written, lost) = write(&definition);
    assert_eq!(Value::Object(written), Value::Object(whole));
    assert_eq!(lost, Vec::<String>::new());

    let ours = json!({
        "Howdah": { "environment": "production", "read_only": true, "audience": { "groups": ["dba"] },
            "credential": { "type": "entra", "tenant": "contoso.com" } },
        "ConnectionParameters": {},
    });
    let (written, lost) = write(&read(&entry(ours.clone())).expect("an entry").definition);
    assert_eq!(Value::Object(written), Value::Object(entry(ours)));
    assert_eq!(lost.len(), 3, "{lost:?}");
}

#[test]
fn what_has_no_place_is_told() {
    let (_, notes) = shown(json!({
        "Password": "s3cret", "BGColor": "#ff0000", "DBRestriction": "a,b", "Tags": [{ "text": "x", "color": "#fff" }],
        "KerberosAuthentication": 1, "PrepareThreshold": 5, "UseSSHTunnel": "1", "TunnelHost": "jump", "TunnelPort": "22",
        "TunnelUsername": "ada", "TunnelAuthentication": 1, "TunnelIdentityFile": "/home/ada/.ssh/id_rsa",
    }));
    let all = notes.join("\n");
    for word in
        ["`Password`", "BGColor", "DBRestriction", "Tags", "Kerberos", "PrepareThreshold", "id_rsa", "confirmed"]
    {
        assert!(all.contains(word), "{word}: {all}");
    }
    assert!(!all.contains("s3cret"));
}
