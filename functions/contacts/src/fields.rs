//! `/v1/contact-fields`: the custom fields that an account has for its contacts (B15).

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::contact::{FieldDefinition, FieldKey};
use domain::name::DisplayName;
use http_api::{Caller, IdempotencyKey, Page, Param, Problem, Valid, idempotent, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact_problem::fields_problem;

/// A custom field of contacts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ContactField {
    /// Its key in `fields` of contacts.
    #[schema(value_type = schema::ContactFieldKey)]
    key: FieldKey,
    /// What people call it.
    #[schema(value_type = schema::DisplayName, example = "Favourite colour")]
    label: DisplayName,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<FieldDefinition> for ContactField {
    fn from(FieldDefinition { key, label, created_at }: FieldDefinition) -> Self {
        Self { key, label, created_at }
    }
}

/// A custom field to make.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContactField {
    /// Its key, which never changes.
    #[schema(value_type = schema::ContactFieldKey)]
    key: FieldKey,
    /// What people call it.
    #[schema(value_type = schema::DisplayName, example = "Favourite colour")]
    label: DisplayName,
}

/// What to change of a custom field. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactFieldChange)]
pub(crate) struct FieldChange {
    /// What people call it.
    #[schema(value_type = Option<schema::DisplayName>, example = "Favourite colour")]
    label: Option<DisplayName>,
}

/// List the custom fields of contacts
///
/// All of them, at most 50, in the order in which they were made. Needs `contacts:read`.
#[utoipa::path(
    get, path = "/v1/contact-fields", operation_id = "list_contact_fields", tag = "contacts",
    extensions(("x-permission" = json!("contacts:read"))),
    responses(
        (status = 200, description = "The account's custom fields.", body = Page<ContactField>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Page<ContactField>>, Problem> {
    let fields = app::contacts::fields::list(&app, &caller).await.map_err(fields_problem)?;
    Ok(Json(Page { data: fields.into_iter().map(ContactField::from).collect(), next_cursor: None }))
}

/// Make a custom field of contacts
///
/// Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contact-fields", operation_id = "create_contact_field", tag = "contacts",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("contacts:manage"))),
    request_body = NewContactField,
    responses(
        (status = 201, description = "The field.", body = ContactField),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`conflict`: there are 50 already; `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewContactField>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let made = app::contacts::fields::create(&app, &caller, body.key, body.label).await;
        Ok((StatusCode::CREATED, ContactField::from(made.map_err(fields_problem)?)))
    });
    idempotent(&app, &caller, key, "create a contact field", &request, run).await
}

/// Change a custom field of contacts
///
/// Needs `contacts:manage`.
#[utoipa::path(
    patch, path = "/v1/contact-fields/{field_key}", operation_id = "change_contact_field", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("field_key" = inline(schema::ContactFieldKey), Path, description = "The field.")),
    request_body = FieldChange,
    responses(
        (status = 200, description = "The field as it is now.", body = ContactField),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(key): Param<FieldKey>,
    Valid(body): Valid<FieldChange>,
) -> Result<Json<ContactField>, Problem> {
    let changed =
        app::contacts::fields::rename(&app, &caller, &key, body.label).await.map_err(fields_problem)?;
    Ok(Json(changed.into()))
}

/// Remove a custom field of contacts
///
/// Its values are no longer shown, and go with the next change of each contact. Needs `contacts:manage`.
#[utoipa::path(
    delete, path = "/v1/contact-fields/{field_key}", operation_id = "remove_contact_field", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("field_key" = inline(schema::ContactFieldKey), Path, description = "The field.")),
    responses(
        (status = 204, description = "The field is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(key): Param<FieldKey>,
) -> Result<StatusCode, Problem> {
    app::contacts::fields::remove(&app, &caller, &key).await.map_err(fields_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
