//! `/v1/account`: the caller's own account, and how its sub accounts look.

use app::App;
use app::accounts::{AccountError, SettingsChange};
use axum::Json;
use axum::extract::State;
use domain::account::ZoneName;
use domain::id::GatewayId;
use domain::name::DisplayName;
use domain::phone::Region;
use http_api::resource::Branding;
use http_api::{Caller, Code, FieldError, Problem, Valid, optional_object, schema};
use serde::Deserialize;

use crate::shown::{AccountSettings, QuietHours};

/// What to change of one's own account. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountChange)]
pub(crate) struct ChangeBody {
    /// Its name.
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<DisplayName>,
    /// Its time zone.
    #[schema(value_type = Option<schema::TimeZone>)]
    time_zone: Option<ZoneName>,
    /// Where numbers without a country code are understood to be.
    #[schema(value_type = Option<schema::Region>)]
    region: Option<Region>,
    /// Whether a customer's message wakes a snoozed conversation.
    wake_on_reply: Option<bool>,
    /// How the quiet hours of its customers are kept, all of it.
    #[serde(default, deserialize_with = "optional_object")]
    quiet_hours: Option<QuietHours>,
    /// Whether a conversation is unread to each person until they have read it themselves. Otherwise all share one state.
    individual_read_state: Option<bool>,
    /// The gateway that new conversations start from unless another is named.
    #[schema(value_type = Option<schema::GatewayId>)]
    default_gateway_id: Option<GatewayId>,
    /// How it looks, all of it. How a sub account looks is said by its master alone.
    #[serde(default, deserialize_with = "optional_object")]
    branding: Option<Branding>,
}

/// Get the account
///
/// The account of the caller with its settings. Needs `account:read`, which everybody has unless it is denied.
#[utoipa::path(
    get, path = "/v1/account", operation_id = "get_account", tag = "accounts",
    extensions(("x-permission" = json!("account:read"))),
    responses(
        (status = 200, description = "The account.", body = AccountSettings),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn get(State(app): State<App>, caller: Caller) -> Result<Json<AccountSettings>, Problem> {
    Ok(Json(app::accounts::own(&app, &caller).await.map_err(problem)?.into()))
}

/// Change the account
///
/// Changes the settings of the caller's account. Needs `account:manage`.
#[utoipa::path(
    patch, path = "/v1/account", operation_id = "change_account", tag = "accounts",
    extensions(("x-permission" = json!("account:manage"))),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The account as it is now.", body = AccountSettings),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`conflict`: how a sub account looks is said by its master"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<AccountSettings>, Problem> {
    let ChangeBody {
        name,
        time_zone,
        region,
        wake_on_reply,
        quiet_hours,
        individual_read_state,
        default_gateway_id,
        branding,
    } = body;
    let change = SettingsChange {
        name,
        time_zone,
        region,
        wake_on_reply,
        quiet_hours: quiet_hours.map(Into::into),
        individual_read_state,
        default_gateway: default_gateway_id,
        branding: branding.map(Into::into),
    };
    Ok(Json(app::accounts::change(&app, &caller, change).await.map_err(problem)?.into()))
}

/// Set the looks of all sub accounts
///
/// Says how all sub accounts of the caller's account look, from now on; what is said of one of them alone wins. Needs
/// `accounts:manage`.
#[utoipa::path(
    put, path = "/v1/account/sub-account-branding", operation_id = "set_sub_account_branding", tag = "accounts",
    extensions(("x-permission" = json!("accounts:manage"))),
    request_body = Branding,
    responses(
        (status = 200, description = "The looks.", body = Branding),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn set_sub_account_branding(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<Branding>,
) -> Result<Json<Branding>, Problem> {
    let look = app::accounts::set_sub_account_branding(&app, &caller, body.into()).await;
    Ok(Json(look.map_err(problem)?.into()))
}

pub(crate) fn problem(error: AccountError) -> Problem {
    match error {
        AccountError::NoSuchGateway => {
            Problem::invalid(FieldError::body(["default_gateway_id"], Code::NoSuchThing, error.to_string()))
        }
        AccountError::LooksOfMaster => Problem::Conflict(error.to_string().into()),
        AccountError::Forbidden(forbidden) => forbidden.into(),
        AccountError::NotFound => Problem::NotFound,
        AccountError::Failure(failure) => failure.into(),
    }
}
