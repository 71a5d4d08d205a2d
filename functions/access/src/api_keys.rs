//! `/v1/api-keys`: what programs call with.

use std::collections::BTreeSet;

use app::App;
use app::api_keys::{ApiKeyError, NewApiKey};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::{ConversationAccess, Permission};
use domain::id::{ApiKeyId, UserId};
use domain::name::DisplayName;
use http_api::{Caller, Code, FieldError, Page, PageQuery, Param, Problem, Query, Valid, schema};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// An API key, without its token.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ApiKey {
    /// Its id.
    #[schema(value_type = schema::ApiKeyId)]
    id: ApiKeyId,
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Booking system")]
    name: DisplayName,
    /// Who made it. It can do no more than they can, and ends with them.
    #[schema(value_type = schema::UserId)]
    made_by: UserId,
    /// What it may do, as far as its maker may.
    #[schema(value_type = Vec<schema::Permission>)]
    permissions: BTreeSet<Permission>,
    /// Which conversations it may see, as far as its maker may.
    #[schema(value_type = schema::ConversationAccess)]
    conversation_access: ConversationAccess,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
    /// When it ends; null: not by itself.
    #[schema(value_type = Option<schema::Time>, required = true)]
    expires_at: Option<Timestamp>,
    /// When it was used last, to the hour; null: never.
    #[schema(value_type = Option<schema::Time>, required = true)]
    last_used_at: Option<Timestamp>,
}

impl From<app::api_keys::ApiKey> for ApiKey {
    fn from(key: app::api_keys::ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            made_by: key.made_by,
            conversation_access: key.scopes.conversation_access(),
            permissions: key.scopes.permissions().clone(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// A key to make.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(crate) struct NewApiKeyBody {
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Booking system")]
    name: DisplayName,
    /// What it may do: at least one permission, all of which you hold yourself.
    #[schema(value_type = Vec<schema::Permission>, min_items = 1)]
    permissions: BTreeSet<Permission>,
    /// Which conversations it may see; none if absent.
    #[serde(default)]
    #[schema(value_type = schema::ConversationAccess, required = false)]
    conversation_access: ConversationAccess,
    /// When it ends; if absent, not by itself.
    #[schema(value_type = Option<schema::Time>)]
    expires_at: Option<Timestamp>,
}

/// A new key with its token.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MadeApiKey)]
pub(crate) struct MadeApiKey {
    /// For the header `Authorization: Bearer`. It is shown this once.
    #[schema(example = "tdk_AZnWobLDfk-KW2x9jp8KGw")]
    token: String,
    /// The key.
    api_key: ApiKey,
}

/// List API keys
///
/// In the order in which they were made. Needs `api-keys:manage`.
#[utoipa::path(
    get, path = "/v1/api-keys", operation_id = "list_api_keys", tag = "access", params(PageQuery),
    extensions(("x-permission" = json!("api-keys:manage"))),
    responses(
        (status = 200, description = "A page of the account's keys.", body = Page<ApiKey>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ApiKey>>, Problem> {
    let keys = app::api_keys::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(keys, ApiKey::from)))
}

/// Make an API key
///
/// The token is in this answer and nowhere else, so the request takes no `Idempotency-Key`: if the answer is lost, revoke the
/// key and make another. A key cannot make keys. Needs `api-keys:manage`.
#[utoipa::path(
    post, path = "/v1/api-keys", operation_id = "create_api_key", tag = "access",
    extensions(("x-permission" = json!("api-keys:manage"))),
    request_body = NewApiKeyBody,
    responses(
        (status = 201, description = "The key with its token.", body = MadeApiKey),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 409, description = "`conflict`: a key cannot make keys"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<NewApiKeyBody>,
) -> Result<(StatusCode, Json<MadeApiKey>), Problem> {
    let NewApiKeyBody { name, permissions, conversation_access, expires_at } = body;
    if permissions.is_empty() {
        let detail = "expected at least one permission";
        return Err(Problem::invalid(FieldError::body(["permissions"], Code::OutOfRange, detail)));
    }
    let new = NewApiKey { name, permissions, conversation_access, expires_at };
    let (key, token) = app::api_keys::create(&app, &caller, new).await.map_err(problem)?;
    let made = MadeApiKey { token: token.expose_secret().to_owned(), api_key: key.into() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Revoke an API key
///
/// It ends at once. Needs `api-keys:manage`.
#[utoipa::path(
    delete, path = "/v1/api-keys/{api_key_id}", operation_id = "revoke_api_key", tag = "access",
    extensions(("x-permission" = json!("api-keys:manage"))),
    params(("api_key_id" = inline(schema::ApiKeyId), Path, description = "The key.")),
    responses(
        (status = 204, description = "The key has ended."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ApiKeyId>,
) -> Result<StatusCode, Problem> {
    app::api_keys::revoke(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: ApiKeyError) -> Problem {
    let field = |field, code| Problem::invalid(FieldError::body([field], code, error.to_string()));
    match error {
        ApiKeyError::BeyondMaker(_) => field("permissions", Code::OutOfRange),
        ApiKeyError::AccessBeyondMaker => field("conversation_access", Code::OutOfRange),
        ApiKeyError::EndsInThePast => field("expires_at", Code::OutOfRange),
        ApiKeyError::ByKey => Problem::Conflict("a key cannot make keys: sign in".into()),
        ApiKeyError::NotFound => Problem::NotFound,
        ApiKeyError::Forbidden(forbidden) => forbidden.into(),
        ApiKeyError::Cursor(invalid) => invalid.into(),
        ApiKeyError::Failure(failure) => failure.into(),
    }
}
