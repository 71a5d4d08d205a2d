//! `/v1/account/alerts`, `/v1/me/alerts`: what an account and its people want to be told of.

use std::net::IpAddr;

use app::App;
use app::alerts::AlertsError;
use axum::Json;
use axum::extract::State;
use domain::alerts::{AlertChannels, AlertSettings, Channels, FailuresPerHour, Thresholds};
use domain::audit::AuditAction;
use domain::id::{GatewayId, UserId};
use domain::message::Refusal;
use http_api::{Caller, Problem, Valid, schema};
use serde::{Deserialize, Serialize};

/// What an alert tells. Each kind has its own fields.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub(crate) struct Alert {
    /// `low_balance`: how many credits were left.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u64>,
    /// `low_balance`: below which threshold that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<u64>,
    /// `failed_deliveries`: how many messages failed within an hour, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<u32>,
    /// `gateway_trouble`: which gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::GatewayId>)]
    gateway_id: Option<GatewayId>,
    /// `gateway_trouble`: why the carrier refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FailureReason>)]
    reason: Option<Refusal>,
    /// `new_sign_in`: from which IP address, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "203.0.113.7")]
    address: Option<IpAddr>,
    /// `security_change`: what was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::AuditAction>)]
    action: Option<AuditAction>,
    /// `new_sign_in`, `security_change`: whom it concerns, if it is one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    user_id: Option<UserId>,
}

impl From<domain::alerts::Alert> for Alert {
    fn from(alert: domain::alerts::Alert) -> Self {
        use domain::alerts::Alert::{
            FailedDeliveries, GatewayTrouble, LowBalance, NewSignIn, SecurityChange,
        };
        match alert {
            LowBalance { available, threshold } => {
                Self { available: Some(available.get()), threshold: Some(threshold.get()), ..Self::default() }
            }
            FailedDeliveries { failed } => Self { failed: Some(failed), ..Self::default() },
            GatewayTrouble { gateway, reason } => {
                Self { gateway_id: Some(gateway), reason: Some(reason), ..Self::default() }
            }
            NewSignIn { user, address } => Self { user_id: Some(user), address, ..Self::default() },
            SecurityChange { action, user } => {
                Self { action: Some(action), user_id: user, ..Self::default() }
            }
        }
    }
}

/// Where alerts of one kind go.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlertChannels)]
pub(crate) struct ChannelsBody {
    /// To the alert centre.
    alert_centre: bool,
    /// By e-mail.
    email: bool,
}

impl From<Channels> for ChannelsBody {
    fn from(Channels { alert_centre, email }: Channels) -> Self {
        Self { alert_centre, email }
    }
}

impl From<ChannelsBody> for Channels {
    fn from(ChannelsBody { alert_centre, email }: ChannelsBody) -> Self {
        Self { alert_centre, email }
    }
}

/// When and where the account is told that credits run low.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LowBalanceAlerts)]
pub(crate) struct LowBalanceBody {
    /// To the alert centre.
    alert_centre: bool,
    /// By e-mail.
    email: bool,
    /// Below which balances: at most five amounts of at least one credit.
    #[schema(value_type = Vec<u64>, max_items = 5, example = json!([10, 100]))]
    thresholds: Thresholds,
}

/// When and where the account is told that many messages fail.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FailedDeliveriesAlerts)]
pub(crate) struct FailedDeliveriesBody {
    /// To the alert centre.
    alert_centre: bool,
    /// By e-mail.
    email: bool,
    /// From how many failures within an hour on.
    #[schema(value_type = u16, minimum = 1, maximum = 200, example = 20)]
    per_hour: FailuresPerHour,
}

/// What the account wants to be told of.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountAlerts)]
pub(crate) struct SettingsBody {
    /// Few credits are left; to those who may see the balance.
    low_balance: LowBalanceBody,
    /// Many messages failed; to those who manage gateways.
    failed_deliveries: FailedDeliveriesBody,
    /// A carrier refuses messages because of a gateway; to those who manage gateways.
    gateway_trouble: ChannelsBody,
    /// Somebody has signed in from a place that was not seen before; to themselves.
    new_sign_in: ChannelsBody,
    /// The security of the account, or of somebody in it, was changed; to those who manage security and to whom it concerns.
    /// Whoever is concerned gets an e-mail about their own password, second factor or API key in any case.
    security_change: ChannelsBody,
}

impl From<AlertSettings> for SettingsBody {
    fn from(it: AlertSettings) -> Self {
        let AlertSettings { channels, low_balance_thresholds: thresholds, failures_per_hour: per_hour } = it;
        let Channels { alert_centre, email } = channels.low_balance;
        let low_balance = LowBalanceBody { alert_centre, email, thresholds };
        let Channels { alert_centre, email } = channels.failed_deliveries;
        Self {
            low_balance,
            failed_deliveries: FailedDeliveriesBody { alert_centre, email, per_hour },
            gateway_trouble: channels.gateway_trouble.into(),
            new_sign_in: channels.new_sign_in.into(),
            security_change: channels.security_change.into(),
        }
    }
}

impl From<SettingsBody> for AlertSettings {
    fn from(it: SettingsBody) -> Self {
        let SettingsBody { low_balance, failed_deliveries, gateway_trouble, new_sign_in, security_change } =
            it;
        let channels = AlertChannels {
            low_balance: Channels { alert_centre: low_balance.alert_centre, email: low_balance.email },
            failed_deliveries: Channels {
                alert_centre: failed_deliveries.alert_centre,
                email: failed_deliveries.email,
            },
            gateway_trouble: gateway_trouble.into(),
            new_sign_in: new_sign_in.into(),
            security_change: security_change.into(),
        };
        Self {
            channels,
            low_balance_thresholds: low_balance.thresholds,
            failures_per_hour: failed_deliveries.per_hour,
        }
    }
}

/// Where you want to be told, as far as the account wants it too.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyAlerts)]
pub(crate) struct PreferencesBody {
    /// Few credits are left.
    low_balance: ChannelsBody,
    /// Many messages failed.
    failed_deliveries: ChannelsBody,
    /// A carrier refuses messages because of a gateway.
    gateway_trouble: ChannelsBody,
    /// Somebody has signed in as you from a place that was not seen before.
    new_sign_in: ChannelsBody,
    /// The security of the account, or your own, was changed.
    security_change: ChannelsBody,
}

impl From<AlertChannels> for PreferencesBody {
    fn from(it: AlertChannels) -> Self {
        Self {
            low_balance: it.low_balance.into(),
            failed_deliveries: it.failed_deliveries.into(),
            gateway_trouble: it.gateway_trouble.into(),
            new_sign_in: it.new_sign_in.into(),
            security_change: it.security_change.into(),
        }
    }
}

impl From<PreferencesBody> for AlertChannels {
    fn from(it: PreferencesBody) -> Self {
        Self {
            low_balance: it.low_balance.into(),
            failed_deliveries: it.failed_deliveries.into(),
            gateway_trouble: it.gateway_trouble.into(),
            new_sign_in: it.new_sign_in.into(),
            security_change: it.security_change.into(),
        }
    }
}

/// See what the account is told of
///
/// Needs `alerts:manage`.
#[utoipa::path(
    get, path = "/v1/account/alerts", operation_id = "account_alerts", tag = "notifications",
    extensions(("x-permission" = json!("alerts:manage"))),
    responses(
        (status = 200, description = "What the account wants to be told of.", body = SettingsBody),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn settings(State(app): State<App>, caller: Caller) -> Result<Json<SettingsBody>, Problem> {
    Ok(Json(app::alerts::settings(&app, &caller).await.map_err(problem)?.into()))
}

/// Choose what the account is told of
///
/// Replaces what was chosen before. The same alert is given at most once an hour. Needs `alerts:manage`.
#[utoipa::path(
    put, path = "/v1/account/alerts", operation_id = "change_account_alerts", tag = "notifications",
    extensions(("x-permission" = json!("alerts:manage"))),
    request_body = SettingsBody,
    responses(
        (status = 200, description = "What the account wants to be told of now.", body = SettingsBody),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change_settings(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<SettingsBody>,
) -> Result<Json<SettingsBody>, Problem> {
    let settings = app::alerts::change_settings(&app, &caller, body.into()).await.map_err(problem)?;
    Ok(Json(settings.into()))
}

/// See where you are told
#[utoipa::path(
    get, path = "/v1/me/alerts", operation_id = "my_alerts", tag = "notifications",
    extensions(("x-permission" = json!("self"))),
    responses(
        (status = 200, description = "Where you want to be told.", body = PreferencesBody),
        (status = 409, description = "`conflict`: a program has no alert centre"),
    ),
)]
pub(crate) async fn preferences(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<PreferencesBody>, Problem> {
    Ok(Json(app::alerts::preferences(&app, &caller).await.map_err(problem)?.into()))
}

/// Choose where you are told
///
/// Replaces what you chose before. What the account has switched off stays off.
#[utoipa::path(
    put, path = "/v1/me/alerts", operation_id = "change_my_alerts", tag = "notifications",
    extensions(("x-permission" = json!("self"))),
    request_body = PreferencesBody,
    responses(
        (status = 200, description = "Where you want to be told now.", body = PreferencesBody),
        (status = 409, description = "`conflict`: a program has no alert centre"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change_preferences(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<PreferencesBody>,
) -> Result<Json<PreferencesBody>, Problem> {
    let chosen = app::alerts::change_preferences(&app, &caller, body.into()).await.map_err(problem)?;
    Ok(Json(chosen.into()))
}

fn problem(error: AlertsError) -> Problem {
    match error {
        AlertsError::Forbidden(forbidden) => forbidden.into(),
        AlertsError::NotAPerson => Problem::Conflict("only for members of staff who have signed in".into()),
        AlertsError::Failure(failure) => failure.into(),
    }
}
