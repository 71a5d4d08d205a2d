//! `/v1/account/security`: what the account asks of those who sign in.

use std::collections::BTreeSet;

use app::App;
use app::security::SecurityError;
use axum::Json;
use axum::extract::State;
use domain::access::RoleRef;
use domain::security::{
    AddressRanges, ExpiryDays, History, MinLength, MinStrength, PasswordPolicy, SecondFactorRule,
    SecuritySettings, SessionHours,
};
use http_api::{Caller, Code, FieldError, Problem, Valid, schema};
use serde::{Deserialize, Serialize};

/// What the account asks of those who sign in.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecuritySettings)]
pub(crate) struct SettingsBody {
    /// Of whom a second factor is required.
    second_factor: SecondFactorBody,
    /// What passwords have to be like.
    password: PasswordBody,
    /// How many hours a session lasts. A shorter time counts at once, also for sessions that have begun.
    #[schema(value_type = u16, minimum = 1, maximum = 720, example = 336)]
    session_hours: SessionHours,
    /// The only addresses from which the account may be used, as IP addresses or ranges; empty: from everywhere.
    #[schema(value_type = Vec<String>, max_items = 50, example = json!(["203.0.113.0/24", "2001:db8::/48"]))]
    allowed_addresses: AddressRanges,
}

/// Of whom a second factor is required.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecondFactorRule)]
pub(crate) struct SecondFactorBody {
    /// Of nobody, of everybody, or of those who hold one of `roles`.
    required_of: RequiredOf,
    /// The roles, with `required_of: "roles"` only.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Role>, required = false)]
    roles: BTreeSet<RoleRef>,
}

/// Of whom something is required.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RequiredOf {
    /// Of nobody.
    Nobody,
    /// Of everybody.
    Everybody,
    /// Of those who hold one of some roles.
    Roles,
}

/// What passwords have to be like. Passwords that are known from breaches are never allowed.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordPolicy)]
pub(crate) struct PasswordBody {
    /// The least number of characters.
    #[schema(value_type = u16, minimum = 10, maximum = 64, example = 10)]
    min_length: MinLength,
    /// The least strength, as zxcvbn measures it: 0 is guessed at once, 4 is very unlikely to be guessed.
    #[schema(value_type = u16, minimum = 0, maximum = 4, example = 2)]
    min_strength: MinStrength,
    /// How many passwords, the present one among them, may not be chosen again.
    #[schema(value_type = u16, minimum = 0, maximum = 24, example = 0)]
    history: History,
    /// After how many days a password has to be changed; null: never.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3650, required = true)]
    expires_after_days: Option<ExpiryDays>,
}

impl From<SecuritySettings> for SettingsBody {
    fn from(settings: SecuritySettings) -> Self {
        let (required_of, roles) = match settings.second_factor {
            SecondFactorRule::Optional => (RequiredOf::Nobody, BTreeSet::new()),
            SecondFactorRule::Everybody => (RequiredOf::Everybody, BTreeSet::new()),
            SecondFactorRule::Roles(roles) => (RequiredOf::Roles, roles),
        };
        let PasswordPolicy { min_length, min_strength, history, expires_after_days } = settings.password;
        Self {
            second_factor: SecondFactorBody { required_of, roles },
            password: PasswordBody { min_length, min_strength, history, expires_after_days },
            session_hours: settings.session_hours,
            allowed_addresses: settings.allowed_addresses,
        }
    }
}

impl SettingsBody {
    fn read(self) -> Result<SecuritySettings, Problem> {
        let roles = |code, detail: &str| {
            Err(Problem::invalid(FieldError::body(["second_factor", "roles"], code, detail)))
        };
        let SecondFactorBody { required_of, roles: named } = self.second_factor;
        let second_factor = match required_of {
            RequiredOf::Roles if named.is_empty() => return roles(Code::MissingField, "at least one role"),
            RequiredOf::Roles => SecondFactorRule::Roles(named),
            _ if !named.is_empty() => {
                return roles(Code::NotTogether, "only with \"required_of\": \"roles\"");
            }
            RequiredOf::Everybody => SecondFactorRule::Everybody,
            RequiredOf::Nobody => SecondFactorRule::Optional,
        };
        let PasswordBody { min_length, min_strength, history, expires_after_days } = self.password;
        Ok(SecuritySettings {
            second_factor,
            password: PasswordPolicy { min_length, min_strength, history, expires_after_days },
            session_hours: self.session_hours,
            allowed_addresses: self.allowed_addresses,
        })
    }
}

/// See the security settings
///
/// Needs `security:manage`.
#[utoipa::path(
    get, path = "/v1/account/security", operation_id = "security_settings", tag = "security",
    extensions(("x-permission" = json!("security:manage"))),
    responses(
        (status = 200, description = "What the account asks of those who sign in.", body = SettingsBody),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn get(Caller(caller): Caller) -> Result<Json<SettingsBody>, Problem> {
    Ok(Json(app::security::settings(&caller).map_err(problem)?.into()))
}

/// Replace the security settings
///
/// They count from the next request on, for everybody. Ranges of addresses must contain the one that asks. Needs
/// `security:manage`.
#[utoipa::path(
    put, path = "/v1/account/security", operation_id = "change_security_settings", tag = "security",
    extensions(("x-permission" = json!("security:manage"))),
    request_body = SettingsBody,
    responses(
        (status = 200, description = "The settings as they are now.", body = SettingsBody),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn replace(
    State(app): State<App>,
    Caller(caller): Caller,
    Valid(body): Valid<SettingsBody>,
) -> Result<Json<SettingsBody>, Problem> {
    let settings = body.read()?;
    Ok(Json(app::security::change_settings(&app, &caller, settings).await.map_err(problem)?.into()))
}

pub(crate) fn problem(error: SecurityError) -> Problem {
    let text = error.to_string();
    match error {
        SecurityError::Forbidden(forbidden) => forbidden.into(),
        SecurityError::NotFound => Problem::NotFound,
        SecurityError::ExcludesCaller => {
            Problem::invalid(FieldError::body(["allowed_addresses"], Code::OutOfRange, text))
        }
        SecurityError::NoSuchRole => {
            Problem::invalid(FieldError::body(["second_factor", "roles"], Code::NoSuchThing, text))
        }
        SecurityError::Failure(failure) => failure.into(),
    }
}
