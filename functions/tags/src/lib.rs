//! Tags: what conversations are about, and putting them on and taking them off.

mod account;
mod conversation;

use app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(account::list, account::create))
        .routes(routes!(account::change, account::remove))
        .routes(routes!(conversation::tag, conversation::untag))
}
