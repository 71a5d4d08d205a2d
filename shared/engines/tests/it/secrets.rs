//! Secrets Manager: what the product uses.

use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_secretsmanager::primitives::Blob;
use engines::faults::Fault;
use engines::secrets::SecretsManager;

use crate::support::secrets_client;

#[tokio::test]
async fn a_secret_is_created_read_and_changed() {
    let client = secrets_client(SecretsManager::memory());
    let created = client.create_secret().name("textdesk/dev/key").secret_string("one").send().await.unwrap();
    let arn = created.arn().unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:000000000000:secret:textdesk/dev/key-"));
    let get = || client.get_secret_value().secret_id(arn);
    assert_eq!(get().send().await.unwrap().secret_string(), Some("one"));
    let put =
        client.put_secret_value().secret_id("textdesk/dev/key").secret_string("two").send().await.unwrap();
    let current = get().send().await.unwrap();
    assert_eq!((current.secret_string(), current.version_id()), (Some("two"), put.version_id()));
    assert_eq!(current.version_stages(), ["AWSCURRENT"]);
    assert_eq!(get().version_stage("AWSPREVIOUS").send().await.unwrap().secret_string(), Some("one"));
    let described = client.describe_secret().secret_id(arn).send().await.unwrap();
    assert_eq!(described.version_ids_to_stages().unwrap().len(), 2);
}

#[tokio::test]
async fn a_secret_may_be_bytes() {
    let client = secrets_client(SecretsManager::memory());
    client.create_secret().name("key").secret_binary(Blob::new([0, 255])).send().await.unwrap();
    let value = client.get_secret_value().secret_id("key").send().await.unwrap();
    assert_eq!(value.secret_binary().unwrap().as_ref(), [0, 255]);
}

#[tokio::test]
async fn a_missing_secret_is_an_error_of_its_own() {
    let client = secrets_client(SecretsManager::memory());
    let error = client.get_secret_value().secret_id("none").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    let error = client.put_secret_value().secret_id("none").secret_string("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    client.create_secret().name("empty").send().await.unwrap();
    let error = client.get_secret_value().secret_id("empty").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "a secret without a value");
}

#[tokio::test]
async fn a_name_is_taken_once_and_a_deleted_secret_is_not_readable() {
    let client = secrets_client(SecretsManager::memory());
    let create = || client.create_secret().name("key").secret_string("x").send();
    create().await.unwrap();
    assert!(create().await.unwrap_err().into_service_error().is_resource_exists_exception());
    client.delete_secret().secret_id("key").send().await.unwrap();
    let error = client.get_secret_value().secret_id("key").send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_request_exception());
    client.delete_secret().secret_id("key").force_delete_without_recovery(true).send().await.unwrap();
    create().await.unwrap();
}

#[tokio::test]
async fn repeating_a_put_with_its_token_changes_nothing() {
    let client = secrets_client(SecretsManager::memory());
    client.create_secret().name("key").secret_string("one").send().await.unwrap();
    let token = "6f1c1b3e-8f52-4c57-9d8e-0d9f3c1b2a10";
    let put = |text: &str| {
        client.put_secret_value().secret_id("key").client_request_token(token).secret_string(text).send()
    };
    put("two").await.unwrap();
    put("two").await.unwrap();
    let previous =
        client.get_secret_value().secret_id("key").version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.secret_string(), Some("one"));
    assert!(put("three").await.unwrap_err().into_service_error().is_resource_exists_exception());
}

#[tokio::test]
async fn a_file_keeps_secrets_to_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.json");
    let first = secrets_client(SecretsManager::file(&path).unwrap());
    first.create_secret().name("key").secret_string("kept").send().await.unwrap();
    let second = secrets_client(SecretsManager::file(&path).unwrap());
    assert_eq!(
        second.get_secret_value().secret_id("key").send().await.unwrap().secret_string(),
        Some("kept")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&path, "not such a file").unwrap();
    assert!(SecretsManager::file(&path).is_err());
}

#[tokio::test]
async fn faults_reach_readers_of_secrets_too() {
    let secrets = SecretsManager::memory();
    let client = secrets_client(secrets.clone());
    secrets.faults().push_next(Fault::Throttled);
    let error = client.get_secret_value().secret_id("key").send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ThrottlingException"));
    assert_eq!(secrets.calls().len(), 1);
}
