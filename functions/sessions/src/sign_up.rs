//! `POST /v1/sign-up`: a business opens its account.
//!
//! It takes no `Idempotency-Key`: the e-mail address is one. Whoever did not get the answer signs in instead.

use app::App;
use app::sessions::{Business, SignUpError, SignedUp};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::account::ZoneName;
use domain::email::EmailAddress;
use domain::name::DisplayName;
use domain::phone::Region;
use http_api::resource::User;
use http_api::{ClientOrigin, Problem, Valid, password_flaws, schema};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::account::Account;

/// A business and its first user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignUp)]
pub(crate) struct SignUpBody {
    /// The name of the business.
    #[schema(value_type = schema::DisplayName, example = "Lee's Bakery")]
    business_name: DisplayName,
    /// Its time zone.
    #[schema(value_type = schema::TimeZone)]
    time_zone: ZoneName,
    /// Where its people write phone numbers without a country code.
    #[schema(value_type = schema::Region)]
    region: Region,
    /// The name of the first user.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
    /// The address that the first user signs in with.
    #[schema(value_type = schema::EmailAddress)]
    email: EmailAddress,
    /// The first user's password.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200, example = "correct horse battery")]
    password: SecretString,
}

/// A new account, with its first user signed in.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SignedUp)]
pub(crate) struct SignedUpBody {
    /// For the header `Authorization: Bearer`. It is shown this once.
    #[schema(example = "tds_AZnWobLDfk-KW2x9jp8KGw")]
    token: String,
    /// When the session ends.
    #[schema(value_type = schema::Time)]
    expires_at: Timestamp,
    /// The first user, who has every role.
    user: User,
    /// The account.
    account: Account,
}

/// Sign up a business
///
/// Opens an account. Its first user holds all roles and is signed in.
#[utoipa::path(
    post, path = "/v1/sign-up", operation_id = "sign_up", tag = "sessions", security(()),
    extensions(("x-permission" = json!("anybody"))),
    request_body = SignUpBody,
    responses(
        (status = 201, description = "The account is open.", body = SignedUpBody),
        (status = 409, description = "`email-taken`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn sign_up(
    State(app): State<App>,
    ClientOrigin(origin): ClientOrigin,
    Valid(body): Valid<SignUpBody>,
) -> Result<(StatusCode, Json<SignedUpBody>), Problem> {
    let business = Business {
        name: body.business_name,
        time_zone: body.time_zone,
        region: body.region,
        user_name: body.name,
        email: body.email,
        password: body.password,
    };
    let SignedUp { account, user, token, expires_at } =
        app::sessions::sign_up(&app, business, &origin).await.map_err(problem)?;
    let token = token.expose_secret().to_owned();
    let answer = SignedUpBody { token, expires_at, user: user.into(), account: account.into() };
    Ok((StatusCode::CREATED, Json(answer)))
}

fn problem(error: SignUpError) -> Problem {
    match error {
        SignUpError::EmailTaken => Problem::EmailTaken,
        SignUpError::Flawed(flaws) => password_flaws("password", &flaws),
        SignUpError::Store(error) => error.into(),
    }
}
