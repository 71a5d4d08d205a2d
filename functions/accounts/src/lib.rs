//! Accounts: one's own and its settings, sub accounts, what was used, support, and what the operator decides of each.
//!
//! Credits between a master and its sub accounts are a matter of `functions/credits`.

mod operator;
mod own;
mod shown;
mod sub;
mod support;
mod usage;

use app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(own::get, own::change))
        .routes(routes!(own::set_sub_account_branding))
        .routes(routes!(sub::list, sub::open))
        .routes(routes!(sub::get, sub::change))
        .routes(routes!(sub::invite_again))
        .routes(routes!(sub::suspend))
        .routes(routes!(sub::reopen))
        .routes(routes!(usage::own))
        .routes(routes!(usage::of_sub_account))
        .routes(routes!(support::allow, support::end))
        .routes(routes!(support::enter))
        .routes(routes!(operator::set_plan))
        .routes(routes!(operator::suspend))
        .routes(routes!(operator::reopen))
}
