//! `/v1/me/second-factor`: setting one up, renewing its recovery codes, removing it.

use app::App;
use app::second_factor::Enrolment;
use app::sign_in::Code as Proof;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use http_api::{CallerOnHold, Code, FieldError, Problem, Valid};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::problem;

/// What an authenticator application needs. It is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SecondFactorEnrolment)]
pub(crate) struct EnrolmentBody {
    /// The text to show as a QR code.
    #[schema(
        example = "otpauth://totp/Textdesk:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Textdesk"
    )]
    otpauth: String,
    /// The secret in base32, for typing it in.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
}

/// A code of the authenticator application.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TotpCode)]
pub(crate) struct TotpBody {
    /// The six digits.
    #[schema(value_type = String, format = Password, example = "287082")]
    totp: SecretString,
}

/// A code of either kind. Give one of the two.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecondFactorProof)]
pub(crate) struct ProofBody {
    /// The six digits of the authenticator application.
    #[schema(value_type = Option<String>, format = Password, example = "287082")]
    totp: Option<SecretString>,
    /// One of the recovery codes.
    #[schema(value_type = Option<String>, format = Password, example = "GEZD-GNBV-GY3T-QOJQ")]
    recovery_code: Option<SecretString>,
}

/// Recovery codes. They are shown this once.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecoveryCodes)]
pub(crate) struct RecoveryCodesBody {
    /// Each works once, in place of a code of the authenticator application.
    #[schema(min_items = 10, max_items = 10, example = json!(["GEZD-GNBV-GY3T-QOJQ"]))]
    recovery_codes: Vec<String>,
}

impl From<Vec<SecretString>> for RecoveryCodesBody {
    fn from(codes: Vec<SecretString>) -> Self {
        Self { recovery_codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect() }
    }
}

/// Begin to set up a second factor
///
/// Answers the secret for an authenticator application. Nothing is asked for at sign-in until a first code has confirmed
/// it; beginning again replaces the secret.
#[utoipa::path(
    post, path = "/v1/me/second-factor", operation_id = "begin_second_factor", tag = "security",
    extensions(("x-permission" = json!("self"))),
    responses(
        (status = 201, description = "What the application needs.", body = EnrolmentBody),
        (status = 403, description = "`people-only`"),
        (status = 409, description = "`conflict`: there is a second factor already"),
    ),
)]
pub(crate) async fn begin(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
) -> Result<(StatusCode, Json<EnrolmentBody>), Problem> {
    let Enrolment { otpauth, secret } = app::own_security::begin_second_factor(&app, &caller)
        .await
        .map_err(|error| problem(error, "", ""))?;
    let [otpauth, secret] = [otpauth, secret].map(|text| text.expose_secret().to_owned());
    Ok((StatusCode::CREATED, Json(EnrolmentBody { otpauth, secret })))
}

/// Confirm the second factor
///
/// With a first code of the application. Answers ten recovery codes, which are shown this once.
#[utoipa::path(
    post, path = "/v1/me/second-factor/confirm", operation_id = "confirm_second_factor", tag = "security",
    extensions(("x-permission" = json!("self"))),
    request_body = TotpBody,
    responses(
        (status = 200, description = "It is asked for at sign-in from now on.", body = RecoveryCodesBody),
        (status = 403, description = "`people-only`"),
        (status = 409, description = "`conflict`: none is being set up"),
        (status = 422, description = "`invalid`: the code is wrong"),
        (status = 429, description = "`rate-limited`"),
    ),
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
    Valid(body): Valid<TotpBody>,
) -> Result<Json<RecoveryCodesBody>, Problem> {
    let codes = app::own_security::confirm_second_factor(&app, &caller, body.totp)
        .await
        .map_err(|error| problem(error, "totp", ""))?;
    Ok(Json(codes.into()))
}

/// Renew the recovery codes
///
/// Takes a code of the application. The codes of before are worth nothing from now on.
#[utoipa::path(
    post, path = "/v1/me/second-factor/recovery-codes", operation_id = "renew_recovery_codes", tag = "security",
    extensions(("x-permission" = json!("self"))),
    request_body = TotpBody,
    responses(
        (status = 200, description = "The new codes.", body = RecoveryCodesBody),
        (status = 403, description = "`people-only`"),
        (status = 409, description = "`conflict`: there is no second factor"),
        (status = 422, description = "`invalid`: the code is wrong or was used before"),
        (status = 429, description = "`rate-limited`"),
    ),
)]
pub(crate) async fn renew(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
    Valid(body): Valid<TotpBody>,
) -> Result<Json<RecoveryCodesBody>, Problem> {
    let codes = app::own_security::renew_recovery_codes(&app, &caller, body.totp)
        .await
        .map_err(|error| problem(error, "totp", ""))?;
    Ok(Json(codes.into()))
}

/// Remove your second factor
///
/// Takes a code of the application or a recovery code. Where one is required, another has to be set up before anything else.
#[utoipa::path(
    delete, path = "/v1/me/second-factor", operation_id = "remove_own_second_factor", tag = "security",
    extensions(("x-permission" = json!("self"))),
    request_body = ProofBody,
    responses(
        (status = 204, description = "There is none any more."),
        (status = 403, description = "`people-only`"),
        (status = 409, description = "`conflict`: there is no second factor"),
        (status = 422, description = "`invalid`: the code is wrong or was used before"),
        (status = 429, description = "`rate-limited`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
    Valid(body): Valid<ProofBody>,
) -> Result<StatusCode, Problem> {
    let (proof, field) = match (body.totp, body.recovery_code) {
        (Some(totp), None) => (Proof::Totp(totp), "totp"),
        (None, Some(code)) => (Proof::Recovery(code), "recovery_code"),
        (Some(_), Some(_)) => {
            let detail = "give one of totp and recovery_code";
            return Err(Problem::invalid(FieldError::body(["recovery_code"], Code::NotTogether, detail)));
        }
        (None, None) => {
            let detail = "a code of the application, or a recovery code in recovery_code";
            return Err(Problem::invalid(FieldError::body(["totp"], Code::MissingField, detail)));
        }
    };
    app::own_security::remove_second_factor(&app, &caller, proof)
        .await
        .map_err(|error| problem(error, field, ""))?;
    Ok(StatusCode::NO_CONTENT)
}
