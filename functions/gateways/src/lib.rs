//! Our numbers at the carriers.
//!
//! Credentials go in and never come out: the answer shows what to enter at the carrier, not what the carrier gave us.

mod gateway;

use app::App;
use app::gateways::{GatewayChange, GatewayError, NewGateway};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use carriers::{Credentials, InvalidCredentials};
use domain::account::CarrierId;
use domain::gateway::Pace;
use domain::id::GatewayId;
use domain::name::DisplayName;
use http_api::{
    Caller, Code, FieldError, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent,
    schema,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::gateway::Gateway;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(show, change))
}

/// A gateway to add.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGateway)]
struct NewGatewayBody {
    /// Its name for people.
    #[schema(value_type = schema::DisplayName, example = "Front desk")]
    name: DisplayName,
    /// Its carrier.
    #[schema(value_type = schema::Carrier)]
    carrier: CarrierId,
    /// Our number, as a person of the account's region writes it; or a short code, or a name of up to eleven characters.
    #[schema(example = "+1 202 555 0100")]
    number: String,
    /// What the carrier gave us. Twilio: `account_sid`, `auth_tokens` (one or two), optionally `api_key` with `sid` and
    /// `secret`. Simulated: `base_url`, `api_key`, `signing_secrets` (one or two), as the phone simulator shows them.
    #[serde(deserialize_with = "object")]
    #[schema(
        value_type = Object,
        example = json!({"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_tokens": ["…"]})
    )]
    credentials: SecretString,
}

/// Reads a JSON object without looking into it: its fields are the carrier's.
fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let fields = Map::<String, Value>::deserialize(deserializer)?;
    Ok(Value::Object(fields).to_string().into())
}

/// List gateways
///
/// In the order in which they were added. Everybody may see which numbers there are.
#[utoipa::path(
    get, path = "/v1/gateways", operation_id = "list_gateways", tag = "gateways", params(PageQuery),
    extensions(("x-permission" = json!("gateways:read"))),
    responses((status = 200, description = "A page of the account's gateways.", body = Page<Gateway>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Gateway>>, Problem> {
    let gateways = app::gateways::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(gateways, |gateway| Gateway::new(&app, gateway))))
}

/// Add a gateway
///
/// Needs `gateways:manage`. Afterwards enter `inbound_url` at the carrier as the address for incoming messages.
#[utoipa::path(
    post, path = "/v1/gateways", operation_id = "add_gateway", tag = "gateways", params(IdempotencyKey),
    extensions(("x-permission" = json!("gateways:manage"))),
    request_body = NewGatewayBody,
    responses(
        (status = 201, description = "The gateway can be used.", body = Gateway),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`number-taken`, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
async fn add(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewGatewayBody>,
) -> Result<Response, Problem> {
    let NewGatewayBody { name, carrier, number, credentials } = body;
    let request = serde_json::to_value((&name, carrier, &number, credentials.expose_secret()));
    let request = request.map_err(Problem::internal)?;
    let run = Box::pin(async {
        let new = NewGateway { name, carrier, sender: number, credentials: Credentials::new(credentials) };
        let gateway = app::gateways::add(&app, &caller, new).await.map_err(problem)?;
        Ok((StatusCode::CREATED, Gateway::new(&app, gateway)))
    });
    idempotent(&app, &caller, key, "add a gateway", &request, run).await
}

/// Get a gateway
///
/// Everybody may see it.
#[utoipa::path(
    get, path = "/v1/gateways/{gateway_id}", operation_id = "get_gateway", tag = "gateways",
    extensions(("x-permission" = json!("gateways:read"))),
    params(("gateway_id" = inline(schema::GatewayId), Path, description = "The gateway.")),
    responses(
        (status = 200, description = "The gateway.", body = Gateway),
        (status = 404, description = "`not-found`"),
    ),
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<GatewayId>,
) -> Result<Json<Gateway>, Problem> {
    let found = app::gateways::show(&app, &caller, id).await.map_err(problem)?;
    Ok(Json(Gateway::new(&app, found)))
}

/// What to change of a gateway. What is absent stays as it is.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GatewayChange)]
struct GatewayChangeBody {
    /// Its name for people.
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<DisplayName>,
    /// Whether media can be sent from it.
    sends_media: Option<bool>,
    /// How many segments leave in a second at most; null: as many as the carrier takes. A new gateway has what carriers usually
    /// allow for its kind: ask yours what a registered number may do.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    segments_per_second: Option<Option<Pace>>,
    /// Another gateway of the account, which a message leaves by if the carrier of this one has surely not sent it; null: none.
    /// The customer then sees the other number.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::GatewayId>)]
    backup_gateway_id: Option<Option<GatewayId>>,
    /// Whether it is retired: nothing leaves by it any more, what customers write still arrives.
    retired: Option<bool>,
    /// What the carrier gives us now, all of it, in place of what was kept. With two secrets, webhooks signed with either are
    /// taken, so that none is lost while a secret is replaced.
    #[serde(default, deserialize_with = "some_object")]
    #[schema(value_type = Option<Object>)]
    credentials: Option<SecretString>,
}

/// Tells null from nothing.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn some_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    object(deserializer).map(Some)
}

/// Change a gateway
///
/// Its name, how it sends, its credentials, and whether it is retired. Needs `gateways:manage`.
#[utoipa::path(
    patch, path = "/v1/gateways/{gateway_id}", operation_id = "change_gateway", tag = "gateways",
    extensions(("x-permission" = json!("gateways:manage"))),
    params(("gateway_id" = inline(schema::GatewayId), Path, description = "The gateway.")),
    request_body = GatewayChangeBody,
    responses(
        (status = 200, description = "The gateway as it is now.", body = Gateway),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: new conversations start from it, so it cannot be retired"),
        (status = 422, description = "`invalid`"),
    ),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<GatewayId>,
    Valid(body): Valid<GatewayChangeBody>,
) -> Result<Json<Gateway>, Problem> {
    let wanted = GatewayChange {
        name: body.name,
        sends_media: body.sends_media,
        pace: body.segments_per_second,
        backup: body.backup_gateway_id,
        retired: body.retired,
        credentials: body.credentials.map(Credentials::new),
    };
    let changed = app::gateways::change(&app, &caller, id, &wanted).await.map_err(problem)?;
    Ok(Json(Gateway::new(&app, changed)))
}

fn problem(error: GatewayError) -> Problem {
    match error {
        GatewayError::Forbidden(forbidden) => forbidden.into(),
        GatewayError::Sender(error) => {
            Problem::invalid(FieldError::body(["number"], Code::Invalid, error.to_string()))
        }
        GatewayError::Credentials(error) => {
            let path = match error {
                InvalidCredentials::Form => vec!["credentials"],
                InvalidCredentials::Field(field) => vec!["credentials", field],
            };
            Problem::invalid(FieldError::body(path, Code::Invalid, error.to_string()))
        }
        GatewayError::CarrierNotOffered => {
            Problem::invalid(FieldError::body(["carrier"], Code::Invalid, error.to_string()))
        }
        GatewayError::NotFound => Problem::NotFound,
        GatewayError::NoSuchBackup => {
            Problem::invalid(FieldError::body(["backup_gateway_id"], Code::NoSuchThing, error.to_string()))
        }
        GatewayError::IsDefault => Problem::Conflict(error.to_string().into()),
        GatewayError::NumberTaken => Problem::NumberTaken,
        GatewayError::Cursor(invalid) => invalid.into(),
        GatewayError::Failure(failure) => failure.into(),
    }
}
