//! `/v1/push-endpoints`: the devices that one's notifications are pushed to.

use app::App;
use app::devices::{Device, DeviceError, NewDevice};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::PushEndpointId;
use domain::name::DisplayName;
use domain::push::{PushPlatform, PushToken};
use http_api::{Caller, Code, FieldError, IdempotencyKey, Param, Problem, Valid, idempotent, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A device to push to.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPushEndpoint)]
pub(crate) struct NewBody {
    /// Its push service.
    #[schema(value_type = schema::PushPlatform)]
    platform: PushPlatform,
    /// What that calls it. It is kept by the push service and never shown.
    #[schema(value_type = schema::PushToken)]
    token: PushToken,
    /// What you call it.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
}

/// Whether pushes reach a device.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PushEndpointState {
    /// They do.
    Enabled,
    /// Its push service takes nothing for it: the app is gone, or has a new token. Telling the token again enables it.
    Disabled,
    /// The session that its app was signed in with has ended.
    SignedOut,
}

/// A device of yours.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PushEndpoint {
    /// Its id.
    #[schema(value_type = schema::PushEndpointId)]
    id: PushEndpointId,
    /// Its push service.
    #[schema(value_type = schema::PushPlatform)]
    platform: PushPlatform,
    /// What you call it.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
    /// Whether pushes reach it.
    state: PushEndpointState,
    /// When it was added.
    #[schema(value_type = schema::Time)]
    added_at: Timestamp,
    /// When its app last told its token.
    #[schema(value_type = schema::Time)]
    refreshed_at: Timestamp,
}

/// All devices of yours.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PushEndpoints {
    /// The devices, oldest first.
    data: Vec<PushEndpoint>,
}

impl From<Device> for PushEndpoint {
    fn from(Device { endpoint: it, signed_in }: Device) -> Self {
        let state = match (signed_in, it.disabled_since) {
            (false, _) => PushEndpointState::SignedOut,
            (true, Some(_)) => PushEndpointState::Disabled,
            (true, None) => PushEndpointState::Enabled,
        };
        let (added_at, refreshed_at) = (it.added_at, it.refreshed_at);
        Self { id: it.id, platform: it.platform, name: it.name, state, added_at, refreshed_at }
    }
}

/// List devices
///
/// The devices that your notifications are pushed to: at most 20.
#[utoipa::path(
    get, path = "/v1/push-endpoints", operation_id = "list_push_endpoints", tag = "notifications",
    extensions(("x-permission" = json!("notifications:read"))),
    responses(
        (status = 200, description = "Your devices.", body = PushEndpoints),
        (status = 409, description = "`conflict`: a program has no devices"),
    ),
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<PushEndpoints>, Problem> {
    let devices = app::devices::list(&app, &caller).await.map_err(problem)?;
    Ok(Json(PushEndpoints { data: devices.into_iter().map(PushEndpoint::from).collect() }))
}

/// Add a device
///
/// Pushes go to it from now on, for as long as the session lasts with which this is asked for. The same token again is the same
/// device: it gets the new name and is enabled again. A token that was somebody else's is theirs no more. A push holds ids and
/// says why there is one; it never holds what somebody wrote, nor a name or a number.
#[utoipa::path(
    post, path = "/v1/push-endpoints", operation_id = "add_push_endpoint", tag = "notifications",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("notifications:read"))),
    request_body = NewBody,
    responses(
        (status = 201, description = "The device.", body = PushEndpoint),
        (status = 409, description = "`in-progress`; `conflict`: a program has no devices, or there are 20 in use"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn register(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewBody>,
) -> Result<Response, Problem> {
    let NewBody { platform, token, name } = body;
    // Of the request only a hash is kept.
    let request = json!({"platform": platform, "token": token, "name": name});
    let run = Box::pin(async {
        let new = NewDevice { platform, token, name };
        let device = app::devices::register(&app, &caller, &new).await.map_err(problem)?;
        Ok((StatusCode::CREATED, PushEndpoint::from(device)))
    });
    idempotent(&app, &caller, key, "add a device", &request, run).await
}

/// Remove a device
#[utoipa::path(
    delete, path = "/v1/push-endpoints/{push_endpoint_id}", operation_id = "remove_push_endpoint",
    tag = "notifications",
    extensions(("x-permission" = json!("notifications:read"))),
    params(("push_endpoint_id" = inline(schema::PushEndpointId), Path, description = "The device.")),
    responses(
        (status = 204, description = "Nothing is pushed to it any more."),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: a program has no devices"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<PushEndpointId>,
) -> Result<StatusCode, Problem> {
    app::devices::remove(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: DeviceError) -> Problem {
    match error {
        DeviceError::Forbidden(forbidden) => forbidden.into(),
        DeviceError::NotAPerson | DeviceError::TooMany => Problem::Conflict(error.to_string().into()),
        DeviceError::NotFound => Problem::NotFound,
        DeviceError::NotSetUp => {
            Problem::invalid(FieldError::body(["platform"], Code::NoSuchThing, error.to_string()))
        }
        DeviceError::InvalidToken => {
            Problem::invalid(FieldError::body(["token"], Code::NoSuchThing, error.to_string()))
        }
        DeviceError::Failure(failure) => failure.into(),
    }
}
