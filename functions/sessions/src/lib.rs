//! Signing up, signing in and out, and who one is.
//!
//! The only function that strangers may ask something of: sign-up and sign-in take no session, everything else does.

mod account;
mod invitation;
mod live;
mod me;
mod session;
mod sign_up;

use app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_up::sign_up))
        .routes(routes!(session::sign_in, session::list))
        .routes(routes!(session::sign_out))
        .routes(routes!(session::end))
        .routes(routes!(invitation::accept))
        .routes(routes!(me::me))
        .routes(routes!(live::create))
}
